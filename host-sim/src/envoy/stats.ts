/** Which metrics are there? Those of the filters under Envoy's name (`wasmcustom.NAME`), and those of the gateway. */
import { MetricType, Status } from "../wasm/abi.ts";
import { failed, ok, type Result } from "../wasm/host-context.ts";

export type Metric =
  | { readonly type: "counter"; value: bigint }
  | { readonly type: "gauge"; value: bigint }
  | { readonly type: "histogram"; readonly values: bigint[]; count: number };

const typeNames = ["counter", "gauge", "histogram"] as const;
const keptValues = 10_000;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

export class Stats {
  readonly metrics = new Map<string, Metric>();

  define(name: string, type: Metric["type"]): Metric {
    const found = this.metrics.get(key(name, type));
    if (found !== undefined) return found;
    const metric: Metric =
      type === "histogram" ? { type, values: [], count: 0 } : { type, value: 0n };
    this.metrics.set(key(name, type), metric);
    return metric;
  }

  /** By its whole name; a counter first, if several types share it. */
  find(name: string): Metric | undefined {
    for (const type of typeNames) {
      const metric = this.metrics.get(key(name, type));
      if (metric !== undefined) return metric;
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<[name: string, metric: Metric]> {
    for (const [name, metric] of this.metrics) yield [name.slice(name.indexOf(":") + 1), metric];
  }
}

/** Envoy keeps metrics of one name but other types apart. */
function key(name: string, type: Metric["type"]): string {
  return `${type}:${name}`;
}

/** The metrics of one VM: the ids that its guest knows them by. The lowest two bits are the type. */
export class VmMetrics {
  private readonly stats: Stats;
  private readonly byId = new Map<number, Metric>();
  private readonly last: [number, number, number] = [0, 1, 2];

  constructor(stats: Stats) {
    this.stats = stats;
  }

  define(type: number, name: string): Result<number> {
    const typeName = typeNames[type];
    if (typeName === undefined) return failed(Status.BadArgument);
    const id = (this.last[type as 0 | 1 | 2] += 4);
    this.byId.set(id, this.stats.define(`wasmcustom.${name}`, typeName));
    return ok(id);
  }

  increment(id: number, offset: bigint): Status {
    const type = id & 3;
    if (type !== MetricType.Counter && type !== MetricType.Gauge) return Status.BadArgument;
    const metric = this.byId.get(id);
    if (metric === undefined || metric.type === "histogram") return Status.NotFound;
    if (metric.type === "counter" && offset <= 0n) return Status.BadArgument;
    metric.value = u64(metric.value + offset);
    return Status.Ok;
  }

  record(id: number, value: bigint): Status {
    const metric = this.byId.get(id);
    if (metric === undefined) return Status.NotFound;
    if (metric.type === "histogram") {
      metric.count++;
      metric.values.push(value);
      if (metric.values.length > keptValues) metric.values.shift();
    } else {
      metric.value = metric.type === "counter" ? u64(metric.value + value) : value;
    }
    return Status.Ok;
  }

  get(id: number): Result<bigint> {
    const type = id & 3;
    if (type !== MetricType.Counter && type !== MetricType.Gauge) return failed(Status.BadArgument);
    const metric = this.byId.get(id);
    if (metric === undefined || metric.type === "histogram") return failed(Status.NotFound);
    return ok(metric.value);
  }
}
