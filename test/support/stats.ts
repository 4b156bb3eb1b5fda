/** How is Envoy's `/stats` page read? The simulator's page has the same form. */

/** `name: 3` is a counter or gauge; `name: P0(…) …` a histogram, which has no number here. */
export function parseStats(page: string): Map<string, number> {
  const stats = new Map<string, number>();
  for (const line of page.split("\n")) {
    const [, name, value] = /^(.+): (\d+)$/.exec(line) ?? [];
    if (name !== undefined) stats.set(name, Number(value));
  }
  return stats;
}

/** A filter's own metrics carry the prefix `wasmcustom.` in Envoy. */
export function sumOfMetrics(stats: ReadonlyMap<string, number>, part: string): number {
  let sum = 0;
  for (const [name, value] of stats) {
    if (name.startsWith("wasmcustom.") && name.includes(part)) sum += value;
  }
  return sum;
}
