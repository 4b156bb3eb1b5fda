/** What do we want to be true, and is it? The cell that comes off worst counts. */
import type { Figures } from "./figures.ts";

export interface Target {
  readonly text: string;
  readonly most: number;
  readonly variants: readonly string[];
  readonly figure: (one: Figures, all: readonly Figures[]) => number;
}

const ratio = (one: Figures): number => one.ratio.value;

function toExtProc(one: Figures, all: readonly Figures[]): number {
  const native = all.find((other) => other.cell === one.cell && other.variant.name === "ext_proc");
  return native === undefined ? NaN : one.added.value / native.added.value;
}

export const TARGETS: readonly Target[] = [
  {
    text: "sync: added CPU at most 1.1 × ext_authz's",
    most: 1.1,
    variants: ["policy, sync"],
    figure: ratio,
  },
  {
    text: "async: at most 0.4 ×",
    most: 0.4,
    variants: ["policy, async"],
    figure: ratio,
  },
  {
    text: "node dead: at most 0.3 ×",
    most: 0.3,
    variants: ["policy, node dead", "policy, node dead, ext_proc"],
    figure: ratio,
  },
  {
    text: "sync: at most 0.25 × Envoy's ext_proc with the vendor's settings",
    most: 0.25,
    variants: ["policy, sync"],
    figure: toExtProc,
  },
  {
    text: "sync: p99 at most 1.25 × ext_authz's",
    most: 1.25,
    variants: ["policy, sync"],
    figure: (one) => one.p99Ratio.value,
  },
];

/** `worst` is empty where nothing of the target was measured. */
export function verdictOn(
  target: Target,
  figures: readonly Figures[],
): { worst: string; holds: string } {
  const found = figures
    .filter((one) => target.variants.includes(one.variant.name))
    .map((one) => ({ one, value: target.figure(one, figures) }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => b.value - a.value);
  const [worst] = found;
  if (worst === undefined) return { worst: "", holds: "" };
  const { workload, connections } = worst.one.cell;
  return {
    worst: `${worst.value.toFixed(2)} (${workload.name}, ${connections} connections)`,
    holds: worst.value <= target.most ? "yes" : "**no**",
  };
}
