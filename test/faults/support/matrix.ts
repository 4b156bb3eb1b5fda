/** How is the whole matrix played on one engine? Every fault has an API for each configuration, and each of them gets every kind of request. */
import { eventually } from "../../support/deadline.ts";
import type { ClusterOptions } from "../../support/gateway-options.ts";
import { Upstream } from "../../support/upstream.ts";
import type { Fault } from "./fault.ts";
import { metricName } from "./house.ts";
import type { Api, Builder, House } from "./house.ts";
import type { Configuration, Probes, Traces } from "./oracle.ts";
import { ask, inParallel } from "./play.ts";
import type { Seen } from "./play.ts";
import { KINDS, pathOf } from "./requests.ts";
import type { Kind } from "./requests.ts";

/** Where verdicts are waited for the two actions differ: what became of a request shows which of them decided. */
export const CONFIGURATIONS: readonly Configuration[] = [
  { mode: "sync", fallback: "pass", unjudged: "block", probes: "alike" },
  { mode: "sync", fallback: "block", unjudged: "pass", probes: "alike" },
  { mode: "sync", fallback: "pass", unjudged: "block", probes: "judged" },
  { mode: "async", fallback: "block", unjudged: "block", probes: "alike" },
];

/** A node of the tests: a port for each fault. */
export interface Ports<Node> {
  listen(fault: Node, probes: Probes): Promise<number>;
  /** It can judge probes though it has this fault. */
  canJudgeProbes(fault: Node | undefined): boolean;
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

/** APIs, each with a few requests. */
const AT_ONCE = 5;
/** Long enough for a busy machine; short only where nothing but time tells. */
const PATIENT_MS = 20_000;
const SHORT_MS = 700;
/** Half of it is time enough for a probe to be judged. */
const JUDGED_MS = 4000;
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
    const all = faults.flatMap((fault) =>
      this.configurations(fault).map((configuration) => ({ fault, configuration })),
    );
    const apis = all.map((each) => apiOf(each.fault, each.configuration, this.#options.http2));
    this.#house = await builder.build({ apis, clusters, upstream: this.#upstream.url });
    const tasks = all.map(
      ({ fault, configuration }) =>
        () =>
          this.#askAll(fault, configuration),
    );
    await inParallel(tasks, AT_ONCE);
  }

  /** Those in which this fault is played. */
  configurations({ node }: Fault<Node>): Configuration[] {
    const both = this.#options.node.canJudgeProbes(node);
    return CONFIGURATIONS.filter(({ probes }) => both || probes === "alike");
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

  traces(fault: string, configuration: Configuration): Traces {
    const api = apiId(fault, configuration);
    const metric = (name: string): number => this.#metrics.get(metricName(api, name)) ?? 0;
    const prefix = metricName(api, "no_verdict.");
    const noVerdicts = [...this.#metrics].filter(([name, n]) => name.startsWith(prefix) && n > 0);
    const lines = this.#house.logs().map(({ text }) => text);
    return {
      seen: this.#seen.get(api) ?? new Map(),
      upstream: (kind) => this.#upstream.find(pathOf(api, kind)),
      metric,
      noVerdicts: new Map(noVerdicts.map(([name, n]) => [name.slice(prefix.length), n])),
      log: lines.filter((line) => line.startsWith(`[policy: wallarm.default][api: ${api}]`)),
      minutes: this.#minutes(api),
      seconds: this.#seconds(api),
    };
  }

  #minutes(api: string): Traces["minutes"] {
    const { first, last } = this.#times.get(api) ?? { first: 0, last: 0 };
    const begun = (until: number): number => 1 + Math.floor((until - first) / 60_000);
    return { asked: begun(last), waited: begun(last + PATIENT_MS) };
  }

  #seconds(api: string): number {
    const { first, last } = this.#times.get(api) ?? { first: 0, last: 0 };
    return Math.floor((last - first) / 1000);
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
      for (const probes of new Set(this.configurations(fault).map((each) => each.probes))) {
        const port = fault.node === undefined ? 1 : await node.listen(fault.node, probes);
        const own = fault.cluster === undefined ? {} : fault.cluster(port);
        if (own === undefined) continue;
        all[clusterOf(fault, probes)] = { url: `http://127.0.0.1:${port}`, http2, ...own };
      }
    }
    return all;
  }

  /** What begins well comes last, each by itself: a verdict shows that the node lives, whatever else it does not judge. */
  async #askAll(fault: Fault<Node>, configuration: Configuration): Promise<void> {
    const api = apiId(fault.name, configuration);
    const seen = new Map<Kind, Seen>();
    this.#seen.set(api, seen);
    const first = performance.now();
    this.#times.set(api, { first, last: first });
    const play = async (kind: Kind): Promise<void> => {
      seen.set(kind, await ask(this.#house.target(api), api, kind));
      this.#times.set(api, { first, last: performance.now() });
    };
    await Promise.all(KINDS.map(play));
    if (configuration.mode === "async") return;
    for (const kind of this.#options.laterKinds(fault.node)) await play(kind);
  }
}

/** Begins with a letter that begins no protobuf message: Envoy 1.40 takes one for a service, and ends (docs/host-differences.md). */
const clusterOf = (fault: Fault<unknown>, probes: Probes): string => `node-${probes}-${fault.name}`;

const apiId = (fault: string, { mode, fallback, probes }: Configuration): string =>
  `${mode}-${fallback}-${probes}-${fault.replaceAll(".", "_")}`;

function timeoutOf(fault: Fault<unknown>, probes: Probes): number {
  if (fault.waits) return probes === "judged" ? JUDGED_MS : SHORT_MS;
  return fault.waitsLater ? LATER_MS : PATIENT_MS;
}

function apiOf(fault: Fault<unknown>, configuration: Configuration, http2: boolean): Api {
  const { mode, fallback, unjudged, probes } = configuration;
  return {
    id: apiId(fault.name, configuration),
    // What waits to be sent is bounded for each VM: no fault is to fill the queue of another's messages.
    vm: mode === "sync" ? mode : fault.name,
    config: {
      wallarm_node: `${http2 ? "h2" : "http"}://node.example:5050`,
      wallarm_cluster: clusterOf(fault, probes),
      wallarm_mode: mode,
      fallback_action: fallback,
      unjudged_action: unjudged,
      node_timeout_ms: timeoutOf(fault, probes),
      // Each request is to meet the fault itself, not what was learnt from others.
      breaker_failures: 0,
    },
  };
}
