/** Whose work is counted, and how much is it for one request? */
import { WORKLOADS } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { CountingHost } from "./counting-host.ts";
import { COUNTERS } from "./instrument.ts";
import { Player } from "./player.ts";
import type { NodeState } from "./player.ts";

export interface Case {
  readonly name: string;
  readonly workload: Workload;
  readonly node: NodeState;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** For one request, on average. */
export interface Work {
  /** Instructions of wasm that the module executes. */
  readonly instructions: number;
  /** Bytes that it moves in its own memory by memory.copy and memory.fill. */
  readonly moved: number;
  /** Bytes that it asks of its allocator. */
  readonly allocated: number;
  /** Bytes that the host copies into or out of it. */
  readonly crossed: number;
  /** Times that the host calls it. */
  readonly callbacks: number;
  readonly hostcalls: Readonly<Record<string, number>>;
}

const [GET, POST, LARGE] = WORKLOADS as readonly [Workload, Workload, Workload];
const TRANSPORTS = ["connector", "ext_proc"] as const;

export const CASES: readonly Case[] = TRANSPORTS.flatMap((protocol) => {
  const one = (name: string, workload: Workload, mode: string, node: NodeState): Case => ({
    name: `${protocol}: ${name}`,
    workload,
    node,
    settings: { node_protocol: protocol, wallarm_mode: mode },
  });
  return [
    one("sync GET", GET, "sync", "alive"),
    one("sync POST 1 KB", POST, "sync", "alive"),
    one("sync POST 64 KB, 16 KB back", LARGE, "sync", "alive"),
    one("async GET", GET, "async", "alive"),
    one("node dead, GET", GET, "sync", "dead"),
  ];
});

/** Collections come every few hundred requests: they are to be counted in. */
const WARM_UP = 1000;
const REQUESTS = 2000;

export function workOf(wasm: Uint8Array, one: Case): Work {
  const host = playing(wasm, one);
  const player = new Player(
    host,
    one.workload,
    one.node,
    one.settings.node_protocol === "ext_proc",
  );
  player.play(WARM_UP);
  host.hostcalls.clear();
  const began = { ...host.counters(), crossed: host.crossed, callbacks: host.callbacks };
  player.play(REQUESTS);
  const [instructions, moved, allocated] = COUNTERS.map((name) =>
    perRequest(host.counter(name) - began[name]),
  ) as [number, number, number];
  const hostcalls = [...host.hostcalls].sort().map(([name, n]) => [name, perRequest(n)]);
  return {
    instructions,
    moved,
    allocated,
    crossed: perRequest(host.crossed - began.crossed),
    callbacks: perRequest(host.callbacks - began.callbacks),
    hostcalls: Object.fromEntries(hostcalls) as Record<string, number>,
  };
}

/** The most instructions that one callback takes, of `requests` while `held` others wait: collections are in there. */
export function longestCallback(
  wasm: Uint8Array,
  one: Case,
  { requests, held }: { readonly requests: number; readonly held: number },
): number {
  const host = playing(wasm, one);
  const isGrpc = one.settings.node_protocol === "ext_proc";
  const player = new Player(host, one.workload, one.node, isGrpc);
  player.hold(held);
  player.play(requests);
  return host.longest;
}

export function playing(wasm: Uint8Array, one: Case): CountingHost {
  const host = new CountingHost(wasm);
  host.configure({ wallarm_node: "http://node:5050", wallarm_cluster: "node", ...one.settings });
  return host;
}

/** Two digits behind the point are more than enough. */
const perRequest = (count: number): number => Math.round((count / REQUESTS) * 100) / 100;
