/**
 * Has the policy begun to do more for a request than it is allowed to? `bench/budget.json` says how much that is: what it did when
 * the file was last written.
 */
import type { Work } from "./cases.ts";

export type Budget = Readonly<Record<string, Work>>;

const MARGIN = 0.05;
/** Averages over some thousand requests: what comes once in a while may fall on one side or the other. */
const ROUNDING = 0.05;

export interface Difference {
  /** A line for each figure that is more than 5 % over what is allowed. */
  readonly over: readonly string[];
  /** The same for figures that are more than 5 % below. */
  readonly under: readonly string[];
}

export function compare(budget: Budget, counted: Budget): Difference {
  const over: string[] = [];
  const under: string[] = [];
  for (const name of new Set([...Object.keys(budget), ...Object.keys(counted)])) {
    const allowed = flat(budget[name]);
    const found = flat(counted[name]);
    for (const key of new Set([...allowed.keys(), ...found.keys()])) {
      const before = allowed.get(key) ?? 0;
      const now = found.get(key) ?? 0;
      const line = `${name}: ${key} ${now}, budget ${before}`;
      if (now > before * (1 + MARGIN) + ROUNDING) over.push(line);
      if (now < before * (1 - MARGIN) - ROUNDING) under.push(line);
    }
  }
  return { over, under };
}

function flat(work: Work | undefined): Map<string, number> {
  if (work === undefined) return new Map();
  const { hostcalls, ...figures } = work;
  return new Map([...Object.entries(figures), ...Object.entries(hostcalls)]);
}

/** A row for each case. */
export function workTable(counted: Budget): string[] {
  const head =
    "| work for one request | instructions | allocated, bytes | moved, bytes | crossed, bytes | callbacks | hostcalls |";
  const rows = Object.entries(counted).map(([name, work]) => {
    const hostcalls = Object.values(work.hostcalls).reduce((sum, n) => sum + n, 0);
    const { instructions, allocated, moved, crossed, callbacks } = work;
    const figures = [instructions, allocated, moved, crossed].map((n) => n.toFixed(0));
    return `| ${[name, ...figures, callbacks.toFixed(1), hostcalls.toFixed(1)].join(" | ")} |`;
  });
  return [head, `| --- |${" ---: |".repeat(6)}`, ...rows];
}
