/** What is one statistic to the admin pages? Names are Envoy's dotted ones; tags are what Envoy takes out of them for Prometheus. */

export interface Histogram {
  readonly count: number;
  readonly sum: number;
  /** All values, or a sample of them, in ascending order. */
  readonly sorted: readonly number[];
}

interface StatName {
  readonly name: string;
  /** Name and tags for Prometheus, where tags are taken out of the name. */
  readonly tagged?: { readonly name: string; readonly tags: Readonly<Record<string, string>> };
  /** Written at least once: `usedonly` shows no others. */
  readonly used: boolean;
}

export type Stat = StatName &
  (
    | { readonly type: "counter" | "gauge"; readonly value: number | bigint }
    | { readonly type: "histogram"; readonly histogram: Histogram }
  );

export const QUANTILES = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100] as const;

/** Envoy's default buckets of histograms. */
export const BUCKETS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
  1800000, 3600000,
] as const;

/** The value below which `percent` of the values lie; NaN if there are none. */
export function quantile(histogram: Histogram, percent: number): number {
  const { sorted } = histogram;
  const index = Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1);
  return sorted[Math.max(0, index)] ?? NaN;
}
