/** How do Envoy's `/stats` pages look? As text and as JSON. */
import { QUANTILES, quantile, type Histogram, type Stat } from "./stat.ts";

const byName = (a: Stat, b: Stat): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Counters and gauges by name, then histograms, one a line. */
export function statsAsText(stats: readonly Stat[]): string {
  const plain: string[] = [];
  const histograms: string[] = [];
  for (const stat of [...stats].sort(byName)) {
    if (stat.type === "histogram") histograms.push(`${stat.name}: ${summary(stat.histogram)}\n`);
    else plain.push(`${stat.name}: ${stat.value}\n`);
  }
  return plain.concat(histograms).join("");
}

/** Envoy prints the last interval beside the whole; we have no intervals, so that both are the whole. */
function summary(histogram: Histogram): string {
  if (histogram.count === 0) return "No recorded values";
  const shown = (percent: number): string => {
    const value = quantile(histogram, percent);
    return `P${percent}(${value},${value})`;
  };
  return QUANTILES.map(shown).join(" ");
}

export function statsAsJson(stats: readonly Stat[]): string {
  const sorted = [...stats].sort(byName);
  const entries: unknown[] = [];
  const computed: unknown[] = [];
  for (const stat of sorted) {
    if (stat.type === "histogram") computed.push(computedQuantiles(stat.name, stat.histogram));
    else entries.push({ name: stat.name, value: Number(stat.value) });
  }
  if (computed.length > 0) {
    entries.push({
      histograms: { supported_quantiles: QUANTILES, computed_quantiles: computed },
    });
  }
  return JSON.stringify({ stats: entries });
}

function computedQuantiles(name: string, histogram: Histogram): unknown {
  const values = QUANTILES.map((percent) => {
    const value = histogram.count === 0 ? null : quantile(histogram, percent);
    return { interval: value, cumulative: value };
  });
  return { name, values };
}
