/** What does `host-sim serve` do from its first line to its last? Reads the files, starts the gateway, and ends it orderly. */
import type { AddressInfo } from "node:net";
import { LoggerLevels } from "../gateway/admin/logger-levels.ts";
import { GatewayServer, type Reconfiguration } from "../gateway/gateway-server.ts";
import { readBytes, readConfiguration } from "./configuration-file.ts";
import { flexSettings, type FlexSettings } from "./flex-settings.ts";
import type { HostPort } from "./option-values.ts";
import { ServeLog } from "./serve-log.ts";
import type { ServeOptions } from "./serve-options.ts";
import { reasonOf, UserError } from "./user-error.ts";

export async function runServe(options: ServeOptions): Promise<void> {
  const levels = new LoggerLevels(options.logLevel);
  const log = new ServeLog(levels);
  log.hold();
  try {
    await start(options, levels, log);
  } catch (error) {
    log.drop((error as Error).message);
    throw error;
  }
}

async function start(options: ServeOptions, levels: LoggerLevels, log: ServeLog): Promise<void> {
  const gateway = await createServer(options, levels, log);
  // Before it is announced: whoever reads that line may signal at once.
  let reloaded = Promise.resolve();
  process.on("SIGHUP", () => {
    reloaded = reloaded.then(() => reload(gateway, options, log));
  });
  endOnSignals(gateway, options, log);
  try {
    await announce(gateway, options, log);
  } catch (error) {
    await gateway.close(0);
    throw error;
  }
}

async function createServer(
  options: ServeOptions,
  levels: LoggerLevels,
  log: ServeLog,
): Promise<GatewayServer> {
  const { settings, listenerMetadata } = await configured(options, log);
  const plugin = {
    wasm: settings.wasm,
    wasmName: options.wasm,
    name: options.pluginName,
    rootId: options.rootId,
    vmId: options.vmId,
    vmConfig: read("--vm-config", options.vmConfig),
    config: settings.config,
    failurePolicy: options.failOpen ? ("FAIL_OPEN" as const) : ("FAIL_CLOSED" as const),
    allowOnHeadersStopIteration: settings.allowOnHeadersStopIteration,
    environment: options.env,
  };
  return GatewayServer.create({
    ...options,
    clusters: settings.clusters,
    plugin,
    levels,
    listenerMetadata,
    onLog: (level, message, time) => log.write("wasm", level, message, time),
  });
}

/** What module and configuration are now, and what the Flex agent makes of them. */
async function configured(
  options: ServeOptions,
  log: ServeLog,
): Promise<{ settings: Reconfiguration } & Pick<FlexSettings, "listenerMetadata">> {
  const wasm = readBytes("--wasm", options.wasm);
  const config = read("--plugin-config", options.pluginConfig);
  const { clusters, stopIteration, listenerMetadata } = await flexSettings(
    options,
    wasm,
    config,
    log,
  );
  // What is given on the command line wins over what the agent found.
  const settings = {
    wasm,
    config,
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? stopIteration,
    clusters: new Map([...clusters, ...options.clusters]),
  };
  return { settings, listenerMetadata };
}

/** Scripts wait for these lines; the listener's is the last one. */
async function announce(
  gateway: GatewayServer,
  { admin, listen }: ServeOptions,
  log: ServeLog,
): Promise<void> {
  const serving = await listening("--listen", listen, () => gateway.listen());
  const at = admin && (await listening("--admin", admin, () => gateway.listenAdmin(admin)));
  log.release();
  if (at !== undefined) process.stdout.write(`admin on ${at}\n`);
  process.stdout.write(`listening on ${serving}\n`);
}

function read(option: string, path: string | undefined): Uint8Array {
  return path === undefined ? new Uint8Array(0) : readConfiguration(option, path);
}

async function listening(
  option: string,
  { host, port }: HostPort,
  listen: () => Promise<AddressInfo>,
): Promise<string> {
  try {
    const at = await listen();
    return `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}`;
  } catch (error) {
    throw new UserError(`${option} ${host}:${port}: ${reasonOf(error)}`);
  }
}

/** A configuration that can't be read, or that the filter refuses, leaves the one before in use. */
async function reload(gateway: GatewayServer, options: ServeOptions, log: ServeLog): Promise<void> {
  try {
    const { settings } = await configured(options, log);
    await gateway.reconfigure(settings);
    log.write("config", "info", "the plugin's configuration was replaced");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.write("config", "error", `the plugin's configuration was not replaced: ${reason}`);
  }
}

/** The first signal lets requests end, the second one does not wait for them. */
function endOnSignals(gateway: GatewayServer, options: ServeOptions, log: ServeLog): void {
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(1);
    asked = true;
    log.write("main", "info", `${signal}: finishing the requests that run`);
    void gateway.close(options.drainMs).then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}
