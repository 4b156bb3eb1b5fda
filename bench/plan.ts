/** How long is what measured, and in which order? Every variant has a slice in each round, so that all share good and bad times. */
import type { Cell } from "./measure/slice.ts";
import { WORKLOADS } from "./workloads.ts";

export interface Plan {
  readonly name: "bench" | "bench-quick";
  readonly cells: readonly Cell[];
  readonly rounds: number;
  readonly secondsASlice: number;
}

const cells = (connections: readonly number[]): Cell[] =>
  WORKLOADS.flatMap((workload) => connections.map((n) => ({ workload, connections: n })));

/** Some 17 minutes. */
export const FULL: Plan = { name: "bench", cells: cells([16, 64]), rounds: 12, secondsASlice: 1 };
/** Some two and a half. */
export const QUICK: Plan = { name: "bench-quick", cells: cells([16]), rounds: 3, secondsASlice: 1 };

/** Rounds begin with another variant each time: who comes first in a round has no advantage. */
export function order<T>(items: readonly T[], round: number): T[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
