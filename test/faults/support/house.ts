/** Where do the cases of the matrix play? In one gateway with many APIs, each with a policy, a node and a fault of its own. */
import { installedEnvoy } from "../../support/envoy/binary.ts";
import type { ClusterOptions, LogLine } from "../../support/gateway-options.ts";
import { envoyHouse } from "./envoy-house.ts";
import { simulatedHouse } from "./simulated-house.ts";

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

/** `ENGINES=host-sim` leaves Envoy out, as in all scenarios. */
const wanted = (process.env.ENGINES ?? "envoy,host-sim").split(",");

/** Each engine with its builder, or with the reason why it can't be played on. */
export function builders(): { readonly name: string; readonly builder?: Builder }[] {
  const binary = installedEnvoy();
  const all: (Builder | string)[] = [
    binary === undefined
      ? `Envoy: ${process.env.ENVOY_MISSING ?? "not there"}`
      : envoyHouse(binary),
    simulatedHouse,
  ];
  return all.map((each) => {
    if (typeof each === "string") return { name: each };
    const isWanted = wanted.includes(each.name);
    return isWanted ? { name: each.name, builder: each } : { name: `${each.name}: not wanted` };
  });
}

export const metricName = (api: string, name: string): string =>
  `wasmcustom.wallarm.api.${api}.${name}`;
