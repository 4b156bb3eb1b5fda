/** How does one variant's gateway run? A real Envoy process of its own, with one worker. */
import { eventually } from "../../test/support/deadline.ts";
import { listenerPort } from "../../test/support/envoy/listener-port.ts";
import { EnvoyProcess } from "../../test/support/envoy/process.ts";
import { parseStats, sumOfMetrics } from "../../test/support/stats.ts";
import { bootstrap } from "./bootstrap.ts";
import type { GatewayParts } from "./bootstrap.ts";

const DROPPED = "/stats?filter=outbox_dropped";

export interface Gateway {
  readonly pid: number;
  readonly port: number;
  readonly lines: () => readonly string[];
  readonly stats: () => Promise<Map<string, number>>;
  /** Messages that the policy dropped so far. */
  readonly dropped: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export async function startGateway(binary: string, parts: GatewayParts): Promise<Gateway> {
  // What Flex Gateway logs by default: at debug the policy would write a line for each request.
  const envoy = new EnvoyProcess("info");
  try {
    const admin = await envoy.start(binary, envoy.write("envoy.json", bootstrap(parts)), 1);
    const page = async (path: string): Promise<string> =>
      (await fetch(`http://${admin}${path}`)).text();
    return {
      pid: envoy.pid,
      port: await served(page),
      lines: () => envoy.lines.map((line) => line.text),
      stats: async () => parseStats(await page("/stats")),
      dropped: async () => sumOfMetrics(parseStats(await page(DROPPED)), "outbox_dropped"),
      stop: () => envoy.stop(),
    };
  } catch (error) {
    const last = envoy.lines.slice(-5).map((line) => line.text);
    await envoy.stop();
    throw new Error(`gateway does not start: ${last.join(" | ")}`, { cause: error });
  }
}

/** The port, once requests are served there. */
async function served(page: (path: string) => Promise<string>): Promise<number> {
  await eventually("Envoy is live", async () => (await page("/ready")).trim() === "LIVE");
  return listenerPort(page);
}
