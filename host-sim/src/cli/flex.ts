/** What does `host-sim flex` do from its first line to its last? Serves a directory, follows it, and ends orderly. */
import type { Command } from "commander";
import type { AgentFindings } from "../flex/agent-phase.ts";
import { ConfigurationError } from "../flex/documents/problems.ts";
import type { PolicyModel } from "../flex/model/gateway-model.ts";
import { FlexGateway } from "../flex/runtime/flex-gateway.ts";
import { DirectoryFollower } from "../flex/runtime/follow-directory.ts";
import { LoggerLevels, type LogLevel } from "../gateway/admin/logger-levels.ts";
import { flexCommand, readFlexOptions, type FlexOptions } from "./flex-options.ts";
import { ServeLog } from "./serve-log.ts";
import { reasonOf, UserError } from "./user-error.ts";

export function registerFlex(program: Command): void {
  const command = flexCommand();
  command.action(async (raw: Parameters<typeof readFlexOptions>[0]) => {
    await runFlex(readFlexOptions(raw));
  });
  program.addCommand(command);
}

async function runFlex(options: FlexOptions): Promise<void> {
  const levels = new LoggerLevels(options.logLevel ?? "info");
  const log = new ServeLog(levels);
  const own = Object.entries(process.env).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  const gateway = await FlexGateway.create({
    ...options,
    levels,
    onLog: (level, message, time) => log.write("wasm", level, message, time),
    onAgent: (policy, findings) => tellAgent(policy, findings, log),
  });
  const follower = new DirectoryFollower({
    folder: options.confDir,
    env: new Map([...own, ...options.env]),
    gateway,
    log: (level, message) => log.write("config", level, message),
    onListen: (url) => process.stdout.write(`listening on ${url}\n`),
    onLogLevel: (level) => setLevel(level, levels, options),
  });
  process.on("SIGHUP", () => follower.reload());
  endOnSignals(gateway, follower, log);
  try {
    await start(gateway, follower, options);
  } catch (error) {
    follower.close();
    await gateway.close();
    throw error;
  }
}

/** Scripts wait for the last line. */
async function start(
  gateway: FlexGateway,
  follower: DirectoryFollower,
  { admin }: FlexOptions,
): Promise<void> {
  if (admin !== undefined) {
    const { host, port } = admin;
    const at = await gateway.listenAdmin(admin).catch((error: unknown) => {
      throw new UserError(`--admin ${host}:${port}: ${reasonOf(error)}`);
    });
    const name = at.family === "IPv6" ? `[${at.address}]` : at.address;
    process.stdout.write(`admin on http://${name}:${at.port}\n`);
  }
  try {
    await follower.start();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const last = error.lines.at(-1) ?? "";
    for (const line of error.lines.slice(0, -1)) process.stderr.write(`host-sim: ${line}\n`);
    throw new UserError(last);
  }
  process.stdout.write("ready\n");
}

let configured: string | undefined;

/** What a Configuration says counts when it changes: in between, the admin page may say something else. */
function setLevel(level: string | undefined, levels: LoggerLevels, options: FlexOptions): void {
  if (options.logLevel !== undefined || level === configured) return;
  configured = level;
  const words: Record<string, LogLevel> = { warn: "warning", fatal: "critical" };
  levels.setAll(words[level ?? ""] ?? ((level ?? "info") as LogLevel));
}

function tellAgent(policy: PolicyModel, { logs, services }: AgentFindings, log: ServeLog): void {
  const name = `${policy.namespace}/${policy.name}`;
  for (const { level, message } of logs) log.writeNamed("config", level, `${name}: ${message}`);
  for (const { cluster, uri } of services) {
    log.write("config", "info", `${name}: cluster ${cluster} for the service ${uri}`);
  }
}

/** The first signal lets requests end, the second one does not wait for them. */
function endOnSignals(gateway: FlexGateway, follower: DirectoryFollower, log: ServeLog): void {
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(1);
    asked = true;
    log.write("main", "info", `${signal}: finishing the requests that run`);
    follower.close();
    void gateway.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}
