/** What is still alive in a gateway of a scenario though nobody asks for anything? */
import { eventually } from "../../support/deadline.ts";
import type { RunningGateway } from "../../support/gateway-options.ts";
import type { SimulatedGateway } from "../../support/host-sim/engine.ts";
import { sumOfMetrics } from "../../support/stats.ts";

const ACTIVE = /^(cluster|http\.gateway)\..*(rq_active|rq_pending_active)$/;

/** Resolves once nothing is; rejects with a list of what is. */
export async function nothingLeft(gateway: RunningGateway): Promise<void> {
  let left: string[] = [];
  const isQuiet = async (): Promise<boolean> => {
    left = await leftovers(gateway);
    return left.length === 0;
  };
  await eventually("nothing is left", isQuiet, 15_000).catch(() => {
    throw new Error(`left: ${left.join()}`);
  });
}

async function leftovers(gateway: RunningGateway): Promise<string[]> {
  const stats = await gateway.stats();
  const held = sumOfMetrics(stats, "held_bytes");
  const active = [...stats].filter(([name, value]) => ACTIVE.test(name) && value > 0);
  const simulated = "alive" in gateway ? (gateway as SimulatedGateway).alive() : [];
  return [
    ...simulated,
    ...active.map(([name, value]) => `${name} ${value}`),
    ...(held > 0 ? [`${held} bytes held`] : []),
  ];
}
