/** How is the whole matrix played on one engine? Every fault has four APIs, and each of them gets every kind of request. */
import { eventually } from "../../support/deadline.ts";
import type { ClusterOptions } from "../../support/gateway-options.ts";
import { Upstream } from "../../support/upstream.ts";
import type { Fault } from "./fault.ts";
import { metricName } from "./house.ts";
import type { Api, Builder, House } from "./house.ts";
import type { Expectation, Fallback, Mode, Traces } from "./oracle.ts";
import { ask, inParallel } from "./play.ts";
import type { Seen } from "./play.ts";
import { KINDS, pathOf } from "./requests.ts";
import type { Kind } from "./requests.ts";

export const CONFIGURATIONS: readonly { readonly mode: Mode; readonly fallback: Fallback }[] = [
  { mode: "sync", fallback: "pass" },
  { mode: "sync", fallback: "block" },
  { mode: "async", fallback: "pass" },
  { mode: "async", fallback: "block" },
];

/** A node of the tests: a port for each fault. */
export interface Ports<Node> {
  listen(fault: Node): Promise<number>;
  /** Bytes of request bodies that it let pass, by path. */
  readonly judged: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export interface MatrixOptions<Node> {
  readonly builder: Builder;
  readonly faults: readonly Fault<Node>[];
  readonly node: Ports<Node>;
  readonly http2: boolean;
  /** Beyond those that every fault meets: for faults that can begin in the middle. */
  readonly laterKinds: (node: Node | undefined) => readonly Kind[];
}

const AT_ONCE = 16;
/** Long enough for a busy machine; short only where nothing but time tells. */
const PATIENT_MS = 20_000;
const SHORT_MS = 700;
const LATER_MS = 5000;

export class Matrix<Node> {
  readonly #options: MatrixOptions<Node>;
  readonly #seen = new Map<string, Map<Kind, Seen>>();
  #upstream!: Upstream;
  #house!: House;
  #metrics: ReadonlyMap<string, number> = new Map();
  readonly #times = new Map<string, { readonly first: number; last: number }>();

  constructor(options: MatrixOptions<Node>) {
    this.#options = options;
  }

  /** Plays everything, then waits until nothing of it is left in the gateway. */
  async play(): Promise<void> {
    const { faults, builder } = this.#options;
    this.#upstream = await Upstream.start();
    const clusters = await this.#clusters();
    const apis = faults.flatMap((fault) => apisOf(fault, this.#options.http2));
    this.#house = await builder.build({ apis, clusters, upstream: this.#upstream.url });
    const tasks = faults.flatMap((fault) =>
      CONFIGURATIONS.flatMap((each) => this.#tasks(fault, each.mode, apiId(fault.name, each))),
    );
    await inParallel(tasks, AT_ONCE);
  }

  /** What is left in the gateway when everybody has gone. */
  async leftovers(): Promise<string[]> {
    let left: string[] = [];
    const isQuiet = async (): Promise<boolean> => {
      left = await this.#house.leftovers();
      return left.length === 0;
    };
    await eventually("nothing is left", isQuiet, 15_000).catch(() => {});
    this.#metrics = await this.#house.metrics();
    return left;
  }

  traces(fault: string, configuration: Pick<Expectation, "mode" | "fallback">): Traces {
    const api = apiId(fault, configuration);
    const metric = (name: string): number => this.#metrics.get(metricName(api, name)) ?? 0;
    const prefix = metricName(api, "no_verdict.");
    const noVerdicts = [...this.#metrics].filter(([name, n]) => name.startsWith(prefix) && n > 0);
    const lines = this.#house.logs().map(({ text }) => text);
    return {
      seen: this.#seen.get(api) ?? new Map(),
      upstream: (kind) => this.#upstream.find(pathOf(api, kind)),
      judged: (kind) => this.#options.node.judged.get(pathOf(api, kind)) ?? 0,
      metric,
      noVerdicts: new Map(noVerdicts.map(([name, n]) => [name.slice(prefix.length), n])),
      log: lines.filter((line) => line.startsWith(`[policy: wallarm.default][api: ${api}]`)),
      minutes: this.#minutes(api),
    };
  }

  #minutes(api: string): Traces["minutes"] {
    const { first, last } = this.#times.get(api) ?? { first: 0, last: 0 };
    const begun = (until: number): number => 1 + Math.floor((until - first) / 60_000);
    return { asked: begun(last), waited: begun(last + PATIENT_MS) };
  }

  async end(): Promise<void> {
    await this.#house.stop();
    await this.#options.node.stop();
    await this.#upstream.stop();
  }

  async #clusters(): Promise<Record<string, ClusterOptions>> {
    const { faults, node, http2 } = this.#options;
    const all: Record<string, ClusterOptions> = {};
    for (const fault of faults) {
      const port = fault.node === undefined ? 1 : await node.listen(fault.node);
      const own = fault.cluster === undefined ? {} : fault.cluster(port);
      if (own !== undefined)
        all[clusterOf(fault)] = { url: `http://127.0.0.1:${port}`, http2, ...own };
    }
    return all;
  }

  #tasks(fault: Fault<Node>, mode: Mode, api: string): (() => Promise<void>)[] {
    const seen = new Map<Kind, Seen>();
    this.#seen.set(api, seen);
    const later = mode === "sync" ? this.#options.laterKinds(fault.node) : [];
    return [...KINDS, ...later].map((kind) => async () => {
      const begins = performance.now();
      const times = this.#times.get(api) ?? { first: begins, last: begins };
      this.#times.set(api, times);
      seen.set(kind, await ask(this.#house.target(api), api, kind));
      times.last = performance.now();
    });
  }
}

/** Begins with a letter that begins no protobuf message: Envoy 1.40 takes one for a service, and ends (docs/host-differences.md). */
const clusterOf = (fault: Fault<unknown>): string => `node-${fault.name}`;

const apiId = (fault: string, { mode, fallback }: Pick<Expectation, "mode" | "fallback">): string =>
  `${mode}-${fallback}-${fault.replaceAll(".", "_")}`;

function apisOf(fault: Fault<unknown>, http2: boolean): Api[] {
  return CONFIGURATIONS.map(({ mode, fallback }) => ({
    id: apiId(fault.name, { mode, fallback }),
    // What waits to be sent is bounded for each VM: no fault is to fill the queue of another's messages.
    vm: mode === "sync" ? mode : fault.name,
    config: {
      wallarm_node: `${http2 ? "h2" : "http"}://node.example:5050`,
      wallarm_cluster: clusterOf(fault),
      wallarm_mode: mode,
      fallback_action: fallback,
      node_timeout_ms: fault.waits ? SHORT_MS : fault.waitsLater ? LATER_MS : PATIENT_MS,
      // Each request is to meet the fault itself, not what was learnt from others.
      breaker_failures: 0,
    },
  }));
}
