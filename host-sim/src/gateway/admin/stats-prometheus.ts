/**
 * How does Envoy tell its statistics to Prometheus? Names get the prefix `envoy_`, except for those of wasm filters, which
 * lose their `wasmcustom.` instead; tags become labels.
 */
import { BUCKETS, type Histogram, type Stat } from "./stat.ts";

const WASM_NAMESPACE = "wasmcustom.";

export function statsAsPrometheus(stats: readonly Stat[]): string {
  const families = new Map<string, { type: Stat["type"]; lines: string[] }>();
  for (const stat of stats) {
    const name = metricName(stat.tagged?.name ?? stat.name);
    let family = families.get(name);
    if (family === undefined) families.set(name, (family = { type: stat.type, lines: [] }));
    if (family.type !== stat.type) continue; // one name, one type: the first one wins
    family.lines.push(...samples(name, labels(stat.tagged?.tags ?? {}), stat));
  }
  let text = "";
  for (const [name, { type, lines }] of families) {
    text += `# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
  }
  return text;
}

function metricName(name: string): string {
  const custom = name.startsWith(WASM_NAMESPACE);
  const bare = custom ? name.slice(WASM_NAMESPACE.length) : `envoy_${name}`;
  const clean = bare.replace(/[^a-zA-Z0-9_]/g, "_");
  return /^[0-9]/.test(clean) ? `_${clean}` : clean;
}

function labels(tags: Readonly<Record<string, string>>): string[] {
  const escaped = (value: string): string =>
    value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
  return Object.entries(tags).map(([tag, value]) => `${tag}="${escaped(value)}"`);
}

function samples(name: string, tags: string[], stat: Stat): string[] {
  if (stat.type === "histogram") return histogramSamples(name, tags, stat.histogram);
  return [`${name}{${tags.join(",")}} ${stat.value}`];
}

function histogramSamples(name: string, tags: string[], histogram: Histogram): string[] {
  const { sorted, count } = histogram;
  // `sorted` may be a sample: scale what it tells up to the whole.
  const scale = sorted.length === 0 ? 0 : count / sorted.length;
  const below = (limit: number): number =>
    Math.round(sorted.filter((value) => value <= limit).length * scale);
  const lines = BUCKETS.map((limit) => bucket(name, tags, String(limit), below(limit)));
  const all = tags.join(",");
  lines.push(bucket(name, tags, "+Inf", count));
  lines.push(`${name}_sum{${all}} ${histogram.sum}`, `${name}_count{${all}} ${count}`);
  return lines;
}

function bucket(name: string, tags: string[], limit: string, value: number): string {
  return `${name}_bucket{${[...tags, `le="${limit}"`].join(",")}} ${value}`;
}
