/** Where do the cases of the matrix play? In one gateway with many APIs, each with a policy, a node and a fault of its own. */
import type { ClusterOptions, LogLine } from "../../support/gateway-options.ts";

export interface Api {
  /** Its id at the gateway: part of the names of its metrics, and of the prefix of its log lines. */
  readonly id: string;
  /** Policies of one name share a VM, its memory and what is bounded in it. */
  readonly vm: string;
  /** Of the policy. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface HouseOptions {
  readonly apis: readonly Api[];
  readonly clusters: Readonly<Record<string, ClusterOptions>>;
  readonly upstream: string;
}

export interface House {
  /** Where an API's clients come. */
  target(api: string): { readonly host: string; readonly port: number };
  /** The policy's own metrics of all APIs. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  logs(): readonly LogLine[];
  /** What is still alive though nobody asks for anything: streams, calls, requests to clusters. */
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface Builder {
  readonly name: "envoy" | "host-sim";
  build(options: HouseOptions): Promise<House>;
}

export const metricName = (api: string, name: string): string =>
  `wasmcustom.wallarm.api.${api}.${name}`;
