/** How is a gateway of the benchmark written down for Envoy? One listener, the API, the node, and the filters of one variant. */
import { NODE, router } from "./filters.ts";
import type { Json } from "./filters.ts";

const EXTENSIONS = "type.googleapis.com/envoy.extensions";
const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

export interface GatewayParts {
  readonly filters: readonly Json[];
  readonly upstreamPort: number;
  readonly nodePort: number;
  /** The node is spoken to over HTTP/2. */
  readonly grpc: boolean;
}

export const bootstrap = (parts: GatewayParts): Json => ({
  node: { id: "bench", cluster: "bench" },
  admin: { address: address(0) },
  static_resources: {
    listeners: [
      {
        name: "gateway",
        address: address(0),
        filter_chains: [{ filters: [connectionManager(parts.filters)] }],
      },
    ],
    clusters: [
      cluster("api", parts.upstreamPort, false),
      cluster(NODE, parts.nodePort, parts.grpc),
    ],
  },
});

const address = (port: number): Json => ({
  socket_address: { address: "127.0.0.1", port_value: port },
});

function cluster(name: string, port: number, http2: boolean): Json {
  const limit = 100_000;
  const limits = { max_connections: limit, max_pending_requests: limit, max_requests: limit };
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
    circuit_breakers: { thresholds: [limits] },
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: {
        "@type": `type.googleapis.com/${HTTP_OPTIONS}`,
        explicit_http_config: http2
          ? { http2_protocol_options: {} }
          : { http_protocol_options: {} },
      },
    },
  };
}

/** As examples/envoy/envoy.yaml has it: what is judged is what the client sent. */
function connectionManager(filters: readonly Json[]): Json {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "gateway",
      normalize_path: false,
      merge_slashes: false,
      use_remote_address: true,
      route_config: {
        name: "all",
        virtual_hosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [{ match: { prefix: "/" }, route: { cluster: "api", timeout: "30s" } }],
          },
        ],
      },
      http_filters: [...filters, router()],
    },
  };
}
