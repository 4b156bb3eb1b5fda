/** How do the parts of the mode envoy-external-filter stand together? */
import type { NodeConfig } from "../config/node-config.ts";
import type { Judge } from "../connector/judge.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import type { NodeLog } from "../log.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { healthHandlers, type HealthHandlers } from "./health-service.ts";
import { ProcessorListener } from "./processor-listener.ts";
import { StreamFaults } from "./stream-faults.ts";
import { StreamHandler } from "./stream-handler.ts";

export interface ProcessorParts {
  readonly config: NodeConfig;
  readonly metrics: NodeMetrics;
  readonly judge: Judge;
  readonly faults: FaultSet;
  readonly log: NodeLog;
  readonly now: () => number;
}

/** Nothing listens yet. */
export function createProcessor(parts: ProcessorParts): ProcessorListener {
  const { config, log } = parts;
  const faults = new StreamFaults(parts.faults, config.mock.allowRequestFaults);
  const handler = new StreamHandler({
    ...parts,
    faults,
    socketOf: (peer) => listener.socketOf(peer),
  });
  const listener = new ProcessorListener(config, {
    process: (stream) => {
      handler.handle(stream).catch((error: unknown) => {
        log.write("error", `the mock node failed: ${String(error)}`);
        stream.destroy();
      });
    },
    health: config.connector.externalHealthCheck.enabled ? health(parts) : undefined,
  });
  return listener;
}

function health({ metrics, faults }: ProcessorParts): HealthHandlers {
  return healthHandlers((): Promise<void> => {
    metrics.seen("health");
    const struck = faults.take({ type: "health" });
    if (struck.some(({ name }) => name === "silence")) return new Promise(() => undefined);
    const ms = struck.reduce(
      (sum, { name, value }) => sum + (name === "delay" ? Number(value) : 0),
      0,
    );
    return ms === 0 ? Promise.resolve() : new Promise((done) => void setTimeout(done, ms));
  });
}
