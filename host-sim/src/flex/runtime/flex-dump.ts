/** What is applied right now? `/config_dump` in Envoy's shape, and beside it the APIs and policies that it was made from. */
import {
  clustersDump,
  listenerDump,
  listenersDump,
  type DumpedFilter,
} from "../../gateway/admin/config-dump.ts";
import type { HttpCluster } from "../../gateway/http-cluster.ts";
import { fullName } from "../documents/resource.ts";
import { addressKey, type ApiModel, type PolicyModel } from "../model/gateway-model.ts";
import type { ApiPlan } from "./api-proxies.ts";

/** A change that was not made. */
export interface RefusedChange {
  readonly time: string;
  readonly errors: readonly string[];
}

export interface DumpedState {
  readonly plans: readonly ApiPlan[];
  /** By the address that APIs ask for, the one that is open. */
  readonly urls: ReadonlyMap<string, string>;
  readonly clusters: Iterable<HttpCluster>;
  readonly bufferLimit: number;
  readonly refused: RefusedChange | null;
  readonly draining: Draining;
}

/** What was replaced and is still there, for requests that run and for policies with something left to send. */
export interface Draining {
  readonly apis: number;
  readonly root_contexts: number;
  readonly clusters: number;
}

export function flexDump(state: DumpedState): unknown {
  const { plans, urls, clusters, bufferLimit, refused, draining } = state;
  const listeners = plans.map(({ api, filters }) => {
    const listen = urls.get(addressKey(api.address))?.replace("http://", "") ?? "";
    return listenerDump({
      name: api.id,
      listen,
      bufferLimit,
      filters: filters.map((each): DumpedFilter => ({
        ...each,
        wasm: each.wasmName,
        configuration: Buffer.from(each.config).toString("utf8"),
        failOpen: each.failurePolicy === "FAIL_OPEN",
      })),
    });
  });
  const apis = plans.map(({ api }) => dumpApi(api, urls));
  const flex = { "@type": "host-sim/flex", apis, refused_change: refused, draining };
  return { configs: [clustersDump(clusters), listenersDump(listeners), flex] };
}

function dumpApi(api: ApiModel, urls: ReadonlyMap<string, string>): unknown {
  const { id, address, routes, policies, where } = api;
  const listen = urls.get(addressKey(address)) ?? "";
  return {
    name: fullName(api),
    id,
    address: `${addressKey(address)}${address.basePath}`,
    url: `${listen}${address.basePath}`,
    routes: routes.flatMap(({ destinations }) =>
      destinations.map(({ cluster, url, path, weight }) => ({ cluster, url, path, weight })),
    ),
    policies: policies.map(dumpPolicy),
    source: where,
  };
}

function dumpPolicy(policy: PolicyModel): unknown {
  const { order, automated, extension, config, where } = policy;
  const { name, digest } = extension;
  const described = { name: fullName(policy), extension: name, module_sha256: digest };
  return { ...described, order, automated, config, source: where };
}
