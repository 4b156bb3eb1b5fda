/** What does `host-sim flex` take? The options, their help, and the checked result. */
import { Command } from "commander";
import { DEFAULT_FLEX_VERSION } from "../flex/agent-phase.ts";
import { LOG_LEVELS, parseLogLevel, type LogLevel } from "../gateway/admin/logger-levels.ts";
import {
  readAssignments,
  readChoice,
  readHostPort,
  readInteger,
  type HostPort,
} from "./option-values.ts";
import { UserError } from "./user-error.ts";

export interface FlexOptions {
  readonly confDir: string;
  readonly admin: HostPort | undefined;
  readonly name: string;
  readonly flexVersion: string;
  readonly env: ReadonlyMap<string, string>;
  /** `undefined`: as the Configuration resource says, else info. */
  readonly logLevel: LogLevel | undefined;
  readonly bufferLimit: number;
  readonly routeTimeoutMs: number;
  readonly drainMs: number;
  readonly useRemoteAddress: boolean;
  readonly skipXffAppend: boolean;
  readonly insecure: boolean;
}

const HELP = `
Resources (apiVersion gateway.mulesoft.com/v1alpha1), any number in a file, folders below DIR too:
  ApiInstance     where an API listens, its services, routes and policies
  PolicyBinding   a policy for one API, or with targetRef.kind Selector for those with certain labels, or for all
  Extension       a policy: its definition, and its implementation as base64:// or file://
  Service         an upstream for the policies route and route-weighted
  Configuration   logging.runtimeLogs.logLevel

Example:
  host-sim flex --conf-dir conf.d --admin 127.0.0.1:9901

Prints "listening on http://HOST:PORT" for each address that is opened, and "ready" once it serves. A change of the files
is followed without a failed request; one that is wrong is told, and what was served before is served on. SIGHUP reads
them again. SIGTERM and SIGINT finish the requests that run and end it with status 0. If the files are wrong at the
start, each problem is one line on stderr, and the status is 2.`;

const collect = (value: string, before: string[]): string[] => [...before, value];

export function flexCommand(): Command {
  return new Command("flex")
    .description("be a Flex Gateway in local mode: serve what the YAML files of a directory say")
    .requiredOption("--conf-dir <dir>", "the directory with the resources")
    .option("--admin <host:port>", "where the admin pages are; none without it")
    .option("--name <name>", "name of the gateway, which policies see as node.id", "host-sim")
    .option("--flex-version <version>", "version of Flex Gateway to be", DEFAULT_FLEX_VERSION)
    .option(
      "--env <name=value>",
      "a variable that policies, and $NAME in their configuration, see beside those of the process; may be repeated",
      collect,
      [],
    )
    .option("--log-level <level>", `one of ${LOG_LEVELS.join(", ")}; wins over Configuration`)
    .option("--buffer-limit <bytes>", "per_connection_buffer_limit_bytes", "1048576")
    .option(
      "--route-timeout <seconds>",
      "how long an upstream may take to answer; 0: no limit",
      "15",
    )
    .option("--drain-time <seconds>", "how long requests may take to end at the end", "10")
    .option(
      "--use-remote-address",
      "as the HTTP connection manager's field of this name: the client is who made the connection, and is added to X-Forwarded-For",
    )
    .option("--skip-xff-append", "with it, X-Forwarded-For stays as it came")
    .option("--insecure", "accept any certificate of https upstreams")
    .addHelpText("after", HELP);
}

type Raw = Record<string, string | string[] | boolean | undefined>;

export function readFlexOptions(raw: Raw): FlexOptions {
  const text = (key: string): string => String(raw[key] ?? "");
  const admin = raw.admin === undefined ? undefined : readHostPort("--admin", text("admin"));
  return {
    confDir: text("confDir"),
    admin,
    name: text("name"),
    flexVersion: readVersion(text("flexVersion")),
    env: readAssignments("--env", raw.env as string[]),
    logLevel: raw.logLevel === undefined ? undefined : readLogLevel(text("logLevel")),
    bufferLimit: readInteger("--buffer-limit", text("bufferLimit"), 1, 2 ** 32 - 1),
    routeTimeoutMs: readInteger("--route-timeout", text("routeTimeout"), 0, 86_400) * 1000,
    drainMs: readInteger("--drain-time", text("drainTime"), 0, 3600) * 1000,
    useRemoteAddress: raw.useRemoteAddress === true,
    skipXffAppend: raw.skipXffAppend === true,
    insecure: raw.insecure === true,
  };
}

function readLogLevel(text: string): LogLevel {
  return parseLogLevel(text) ?? readChoice("--log-level", text, LOG_LEVELS);
}

function readVersion(text: string): string {
  if (/^\d+\.\d+(\.\d+)?$/.test(text)) return text;
  throw new UserError(`--flex-version ${text}: expected a version, for example 1.12.0`);
}
