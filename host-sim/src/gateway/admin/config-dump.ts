/** What is the configuration in use? `/config_dump` in the shape of Envoy's: the parts of it that this gateway has. */
import type { HttpCluster } from "../http-cluster.ts";

export interface DumpedFilter {
  readonly name: string;
  readonly rootId: string;
  readonly vmId: string;
  readonly wasm: string;
  readonly configuration: string;
  readonly failOpen: boolean;
  readonly allowOnHeadersStopIteration: boolean;
}

export interface DumpedGateway {
  readonly listen: string;
  readonly bufferLimit: number;
  readonly filter: DumpedFilter;
  readonly clusters: Iterable<HttpCluster>;
}

export const TYPES = "type.googleapis.com/";

export function configDump(gateway: DumpedGateway): unknown {
  const { listen, bufferLimit, filter, clusters } = gateway;
  const listener = listenerDump({ name: "listener", listen, bufferLimit, filters: [filter] });
  return { configs: [clustersDump(clusters), listenersDump([listener])] };
}

export function clustersDump(clusters: Iterable<HttpCluster>): unknown {
  return {
    "@type": `${TYPES}envoy.admin.v3.ClustersConfigDump`,
    static_clusters: [...clusters].map(({ name, url }) => {
      const { hostname, port, protocol } = new URL(url);
      const port_value = Number(port) || (protocol === "https:" ? 443 : 80);
      const address = { socket_address: { address: hostname, port_value } };
      const endpoints = [{ lb_endpoints: [{ endpoint: { address } }] }];
      const load_assignment = { cluster_name: name, endpoints };
      return { cluster: { name, type: "STRICT_DNS", load_assignment } };
    }),
  };
}

export interface DumpedListener {
  readonly name: string;
  readonly listen: string;
  readonly bufferLimit: number;
  readonly filters: readonly DumpedFilter[];
}

export function listenerDump({ name, listen, bufferLimit, filters }: DumpedListener): unknown {
  const http_filters = [...filters.map(wasmFilter), { name: "envoy.filters.http.router" }];
  const manager = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: { stat_prefix: "ingress_http", http_filters },
  };
  return {
    name,
    address: listen,
    per_connection_buffer_limit_bytes: bufferLimit,
    filter_chains: [{ filters: [manager] }],
  };
}

export function listenersDump(listeners: readonly unknown[]): unknown {
  return {
    "@type": `${TYPES}envoy.admin.v3.ListenersConfigDump`,
    static_listeners: listeners.map((listener) => ({ listener })),
  };
}

function wasmFilter(filter: DumpedFilter): unknown {
  const config = {
    name: filter.name,
    root_id: filter.rootId,
    vm_config: { vm_id: filter.vmId, code: { local: { filename: filter.wasm } } },
    configuration: { "@type": `${TYPES}google.protobuf.StringValue`, value: filter.configuration },
    failure_policy: filter.failOpen ? "FAIL_OPEN" : "FAIL_CLOSED",
    allow_on_headers_stop_iteration: filter.allowOnHeadersStopIteration,
  };
  return { name: "envoy.filters.http.wasm", typed_config: { config } };
}
