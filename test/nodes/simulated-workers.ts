/**
 * How do several workers of one gateway ask one node, in time that a test moves? Each worker is a gateway of the simulator with a VM
 * of its own; they have one clock and one set of shared data. On Envoy: lease.test.ts, several-nodes.test.ts.
 */
import { Gateway } from "../../host-sim/src/create-gateway.ts";
import { ManualClock } from "../../host-sim/src/envoy/clock.ts";
import { Proxy } from "../../host-sim/src/envoy/proxy.ts";
import { SharedData } from "../../host-sim/src/envoy/shared-data.ts";
import { createClusters, pluginOptions } from "../../host-sim/src/gateway-options.ts";
import { decodeMessages } from "../support/node/messages.ts";
import { pass } from "../support/node/replies.ts";
import type { Reply } from "../support/node/replies.ts";
import type { Message } from "../support/node/messages.ts";
import { POLICY_WASM } from "../support/scene.ts";
import type { Config } from "../support/scene.ts";

/** The host's clock, which can be set. Timers take no notice of that, as in Envoy. */
export class SettableClock extends ManualClock {
  #ahead = 0;

  set(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  override now(): number {
    return super.now() + this.#ahead;
  }

  override nowNs(): bigint {
    return super.nowNs() + BigInt(this.#ahead) * 1_000_000n;
  }
}

type Answer = (messages: readonly Message[]) => Reply | Promise<Reply>;

/** Answers probes, and everything else as the test says. */
export class SimulatedNode {
  isUp = true;
  answer: Answer = pass;
  probes = 0;
  readonly told: Message[] = [];

  readonly serve = async (request: Request): Promise<Response> => {
    if (!this.isUp) throw new Error("connection refused");
    const messages = decodeMessages(new Uint8Array(await request.arrayBuffer()));
    const isProbe = messages[0]?.type === "probe";
    if (isProbe) this.probes++;
    else this.told.push(...messages);
    const reply = await (isProbe ? pass : this.answer)(messages);
    if (reply.kind !== "http") return new Promise(() => {});
    const headers = { "x-wallarm-node": "1" };
    return new Response(reply.body.slice(), { status: reply.status, headers });
  };
}

const CLUSTER = "node";
/** Of the policy's timer. */
const TICK_MS = 100;
const DEFAULTS: Config = {
  wallarm_node: "http://node:5050",
  wallarm_cluster: CLUSTER,
  fallback_action: "block",
  breaker_failures: 3,
  node_timeout_ms: 500,
  parse_responses: false,
};

/** A policy: its API, and what its configuration has beyond the rest. */
export interface Policy {
  readonly api?: string;
  readonly config?: Config;
}

export class Workers {
  readonly clock = new SettableClock();
  readonly node = new SimulatedNode();
  readonly #shared = new SharedData();
  readonly #all: Worker[] = [];

  async start({ api = "1", config = {} }: Policy = {}): Promise<Worker> {
    const setup = {
      wasm: POLICY_WASM,
      pluginName: `wallarm.default.${api}`,
      rootId: "main",
      vmId: "policy",
      allowOnHeadersStopIteration: true,
      config: { ...DEFAULTS, ...config },
      clusters: { [CLUSTER]: this.node.serve },
    };
    const [plugins, clusters] = await Promise.all([pluginOptions(setup), createClusters(setup)]);
    const { clock } = this;
    const sharedData = this.#shared;
    const proxy = await Proxy.create({ plugins, clusters, routes: "upstream", clock, sharedData });
    const worker = new Worker(new Gateway(proxy, [], {}), api);
    this.#all.push(worker);
    return worker;
  }

  /** Seconds go by in ticks, while each of `busy` gets a request at each tick. Statuses, in order. */
  async pass(milliseconds: number, busy: readonly Worker[] = []): Promise<number[]> {
    const statuses: number[] = [];
    for (let left = milliseconds; left > 0; left -= TICK_MS) {
      await this.clock.advance(TICK_MS);
      for (const worker of busy) statuses.push(await worker.get());
    }
    return statuses;
  }

  async end(): Promise<void> {
    for (const worker of this.#all) await worker.die();
  }
}

export class Worker {
  readonly gateway: Gateway;
  readonly #api: string;

  constructor(gateway: Gateway, api: string) {
    this.gateway = gateway;
    this.#api = api;
  }

  /** The status that a client gets: 200 from the API, 403 where nothing was judged or it was blocked. */
  async get(): Promise<number> {
    return (await this.gateway.fetch("/")).status;
  }

  metric(name: string): number {
    return Number(this.gateway.metric(`wallarm.api.${this.#api}.${name}`) ?? 0);
  }

  logged(text: string): number {
    return this.gateway.logs.filter(({ message }) => message.includes(text)).length;
  }

  /** Its VM goes. */
  die(): Promise<void> {
    return this.gateway.close();
  }
}
