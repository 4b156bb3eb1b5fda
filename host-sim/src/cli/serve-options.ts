/** What does `host-sim serve` take? The options, their help, and the checked result. */
import { Command, Option } from "commander";
import { readRoutePolicies } from "../envoy/router/read-route-policies.ts";
import type { RoutePolicies } from "../envoy/router/route-policies.ts";
import { LOG_LEVELS, parseLogLevel, type LogLevel } from "../gateway/admin/logger-levels.ts";
import { parseUpstreamUrl } from "../gateway/upstream-address.ts";
import {
  readAssignments,
  readBoolean,
  readChoice,
  readHostPort,
  readInteger,
  type HostPort,
} from "./option-values.ts";
import { UserError } from "./user-error.ts";

const FLEX_MODES = ["auto", "on", "off"] as const;

export interface ServeOptions {
  readonly wasm: string;
  readonly pluginConfig: string | undefined;
  readonly vmConfig: string | undefined;
  readonly rootId: string;
  readonly vmId: string;
  readonly pluginName: string;
  readonly listen: HostPort;
  readonly upstream: string;
  readonly clusters: ReadonlyMap<string, string>;
  readonly allowOnHeadersStopIteration: boolean | undefined; // undefined: as the agent's phase says
  readonly bufferLimit: number;
  readonly admin: HostPort | undefined;
  readonly logLevel: LogLevel;
  readonly failOpen: boolean;
  readonly drainMs: number;
  readonly flex: (typeof FLEX_MODES)[number];
  readonly flexVersion: string;
  readonly env: ReadonlyMap<string, string>;
  readonly routeTimeoutMs: number;
  readonly routePolicies: RoutePolicies;
  readonly useRemoteAddress: boolean;
  readonly skipXffAppend: boolean;
  readonly insecure: boolean;
  readonly acceptHttp10: boolean;
}

const EXAMPLES = `
Examples:
  # a filter between clients and http://127.0.0.1:8081
  host-sim serve --wasm filter.wasm --listen 127.0.0.1:8080 --upstream http://127.0.0.1:8081

  # with a configuration, another cluster that the filter calls, and admin pages
  host-sim serve --wasm filter.wasm --plugin-config config.json --cluster auth=http://127.0.0.1:9000 \\
    --listen 127.0.0.1:0 --upstream http://127.0.0.1:8081 --admin 127.0.0.1:9901

  # a route that sends a request once more when the upstream fails
  host-sim serve --wasm filter.wasm --listen 127.0.0.1:8080 --upstream http://127.0.0.1:8081 \\
    --route-policies '{"retryPolicy": {"retryOn": "5xx,reset", "numRetries": 1}}'

Prints "listening on http://HOST:PORT" once it serves. SIGTERM and SIGINT finish the requests that run and end it with
status 0; SIGHUP reads --wasm and --plugin-config again. Bad input ends it with status 2 and one line on stderr.`;

const collect = (value: string, before: string[]): string[] => [...before, value];

export function serveCommand(): Command {
  return new Command("serve")
    .description("serve HTTP through a compiled proxy-wasm filter, as Envoy would")
    .requiredOption("--wasm <file>", "the filter, a proxy-wasm module")
    .option(
      "--plugin-config <file>",
      "configuration of the plugin: handed over as written (YAML as JSON)",
    )
    .option("--vm-config <file>", "configuration of the VM")
    .option("--root-id <id>", "root_id of the plugin", "")
    .option("--vm-id <id>", "vm_id", "")
    .option(
      "--plugin-name <name>",
      "name of the plugin; Flex Gateway's are policy.namespace.apiId",
      "",
    )
    .requiredOption("--listen <host:port>", "where clients connect; port 0 takes a free one")
    .requiredOption("--upstream <url>", "where requests go, http or https")
    .option(
      "--cluster <name=url>",
      "a further upstream that the filter may call; may be repeated",
      collect,
      [],
    )
    .option(
      "--allow-on-headers-stop-iteration [boolean]",
      "as Envoy's PluginConfig field of this name",
    )
    .option("--buffer-limit <bytes>", "per_connection_buffer_limit_bytes", "1048576")
    .option("--admin <host:port>", "where the admin pages are; none without it")
    .option("--log-level <level>", `one of ${LOG_LEVELS.join(", ")}`, "info")
    .option("--fail-open [boolean]", "let requests through once the filter has trapped")
    .option("--drain-time <seconds>", "how long requests may take to end after SIGTERM", "10")
    .addOption(
      new Option("--flex <mode>", "run the Flex agent's phase first")
        .choices(FLEX_MODES)
        .default("auto"),
    )
    .option("--flex-version <version>", "version of Flex Gateway to be", "1.12.0")
    .option(
      "--env <name=value>",
      "a variable that the filter may read; may be repeated",
      collect,
      [],
    )
    .option(
      "--route-timeout <seconds>",
      "how long the upstream may take to answer; 0: no limit",
      "15",
    )
    .option(
      "--route-policies <json>",
      "whether the route sends requests again, or elsewhere too: retryPolicy, internalRedirectPolicy, " +
        "requestMirrorPolicies, hedgePolicy, as in Envoy's RouteAction",
      "{}",
    )
    .option(
      "--use-remote-address",
      "as the HTTP connection manager's field of this name: the client is who made the connection, and is added to X-Forwarded-For",
    )
    .option("--skip-xff-append", "with it, X-Forwarded-For stays as it came")
    .option("--insecure", "accept any certificate of https upstreams")
    .option(
      "--accept-http-10",
      "serve HTTP/1.0 clients (Envoy's default is to refuse them with 426)",
    )
    .addHelpText("after", EXAMPLES);
}

type Raw = Record<string, string | string[] | boolean | undefined>;

export function readServeOptions(raw: Raw): ServeOptions {
  const text = (key: string): string => String(raw[key] ?? "");
  const optional = (key: string): string | undefined => raw[key] as string | undefined;
  const flag = (key: string, option: string): boolean =>
    readBoolean(option, (raw[key] as string | boolean | undefined) ?? false);
  const admin = optional("admin");
  const clusters = readAssignments("--cluster", raw.cluster as string[]);
  checkUrl(`--upstream`, text("upstream"));
  for (const [name, url] of clusters) checkUrl(`--cluster ${name}`, url);
  const logLevel = parseLogLevel(text("logLevel"));
  if (logLevel === undefined) readChoice("--log-level", text("logLevel"), LOG_LEVELS);
  return {
    wasm: text("wasm"),
    pluginConfig: optional("pluginConfig"),
    vmConfig: optional("vmConfig"),
    rootId: text("rootId"),
    vmId: text("vmId"),
    pluginName: text("pluginName"),
    listen: readHostPort("--listen", text("listen")),
    upstream: text("upstream"),
    clusters,
    allowOnHeadersStopIteration:
      raw.allowOnHeadersStopIteration === undefined
        ? undefined
        : flag("allowOnHeadersStopIteration", "--allow-on-headers-stop-iteration"),
    bufferLimit: readInteger("--buffer-limit", text("bufferLimit"), 1, 2 ** 32 - 1),
    admin: admin === undefined ? undefined : readHostPort("--admin", admin),
    logLevel: logLevel ?? "info",
    failOpen: flag("failOpen", "--fail-open"),
    drainMs: readInteger("--drain-time", text("drainTime"), 0, 3600) * 1000,
    flex: readChoice("--flex", text("flex"), FLEX_MODES),
    flexVersion: text("flexVersion"),
    env: readAssignments("--env", raw.env as string[]),
    routeTimeoutMs: readInteger("--route-timeout", text("routeTimeout"), 0, 86_400) * 1000,
    routePolicies: readPolicies("--route-policies", text("routePolicies")),
    useRemoteAddress: flag("useRemoteAddress", "--use-remote-address"),
    skipXffAppend: flag("skipXffAppend", "--skip-xff-append"),
    insecure: flag("insecure", "--insecure"),
    acceptHttp10: flag("acceptHttp10", "--accept-http-10"),
  };
}

function readPolicies(option: string, text: string): RoutePolicies {
  try {
    return readRoutePolicies(JSON.parse(text), option);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`${option} ${text}: expected JSON`);
    throw error;
  }
}

function checkUrl(option: string, text: string): void {
  try {
    parseUpstreamUrl(text, option);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
  const { pathname, search, hash, username, password, port } = new URL(text);
  if ((pathname !== "/" && pathname !== "") || `${search}${hash}${username}${password}` !== "") {
    const reason = "only scheme, host and port count; requests keep their own path";
    throw new UserError(`${option}: "${text}": ${reason}`);
  }
  if (port === "0") throw new UserError(`${option}: "${text}": the port must be from 1 to 65535`);
}
