/** How does a scenario run on real Envoy? */
import { readFileSync } from "node:fs";
import { eventually } from "../deadline.ts";
import type { Engine, FilterOptions, GatewayOptions, RunningGateway } from "../gateway-options.ts";
import { parseStats, sumOfMetrics } from "../stats.ts";
import { bootstrap, listenerDiscovery } from "./bootstrap.ts";
import { listenerPort } from "./listener-port.ts";
import { EnvoyProcess } from "./process.ts";

const LDS = "lds.json";

export function envoyEngine(binary: string): Engine {
  return {
    name: "envoy",
    missing: {},
    async start(options) {
      const envoy = new EnvoyProcess();
      try {
        return await startGateway(envoy, binary, options);
      } catch (error) {
        await envoy.stop();
        throw error;
      }
    },
  };
}

async function startGateway(
  envoy: EnvoyProcess,
  binary: string,
  options: GatewayOptions,
): Promise<RunningGateway> {
  const lds = envoy.write(LDS, listenerDiscovery(options, options.filters, 1));
  const file = envoy.write("bootstrap.json", bootstrap(options, lds));
  const admin = await envoy.start(binary, file, options.workers ?? 1);
  const page = async (path: string): Promise<string> => {
    const answer = await fetch(`http://${admin}${path}`);
    return answer.text();
  };
  const stats = async (): Promise<Map<string, number>> => parseStats(await page("/stats"));
  const update = new ListenerUpdate(stats);
  const refused = await update.settled();
  if (refused) throw new Error(`Envoy refused the listener: ${lastError(envoy)}`);
  const port = await listenerPort(page);

  return {
    host: "127.0.0.1",
    port,
    logs: () => envoy.lines,
    stats,
    metric: async (part) => sumOfMetrics(await stats(), part),
    activeRequests: async () => (await stats()).get("http.gateway.downstream_rq_active") ?? 0,
    async reconfigure(filters: readonly FilterOptions[]) {
      const before = envoy.lines.length;
      envoy.write(LDS, listenerDiscovery(options, filters, update.next()));
      return (await update.settled()) ? lastError(envoy, before) : undefined;
    },
    residentBytes: () => residentBytes(envoy.pid),
    stop: () => envoy.stop(),
  };
}

/** Waits for Envoy's own counters to say what became of a listener that was written. */
class ListenerUpdate {
  readonly #stats: () => Promise<Map<string, number>>;
  #wanted = 1;

  constructor(stats: () => Promise<Map<string, number>>) {
    this.#stats = stats;
  }

  /** Number of the version that is about to be written. */
  next(): number {
    return ++this.#wanted;
  }

  /** True if the version was refused. */
  async settled(): Promise<boolean> {
    const outcome = await eventually(
      "Envoy takes or refuses the listener",
      async () => {
        const stats = await this.#stats();
        const count = (name: string): number => stats.get(`listener_manager.lds.${name}`) ?? 0;
        const rejected = count("update_rejected");
        if (count("update_success") + rejected < this.#wanted) return undefined;
        const warm = stats.get("listener_manager.total_listeners_warming") === 0;
        const served = stats.get("listener_manager.workers_started") === 1;
        return warm && served ? { rejected } : undefined;
      },
      20_000,
    );
    const refused = outcome.rejected > this.#rejected;
    this.#rejected = outcome.rejected;
    return refused;
  }

  #rejected = 0;
}

function lastError(envoy: EnvoyProcess, from = 0): string {
  const errors = envoy.lines
    .slice(from)
    .filter((line) => ["error", "critical", "warning"].includes(line.level));
  return errors.map((line) => line.text).join("\n");
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
