/** How is a gateway written down for Envoy: the part that stays (admin, clusters), and the listener that may be replaced? */
import { configText } from "../gateway-options.ts";
import type { ClusterOptions, FilterOptions, GatewayOptions } from "../gateway-options.ts";

type Json = Record<string, unknown>;

const HTTP_PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const EXTENSIONS = "type.googleapis.com/envoy.extensions";
export const UPSTREAM_CLUSTER = "upstream";

/** The bootstrap; listeners come from the file `lds`, which Envoy watches. */
export function bootstrap(options: GatewayOptions, lds: string): Json {
  const clusters = { [UPSTREAM_CLUSTER]: options.upstream, ...options.clusters };
  return {
    node: { id: "test-gateway", cluster: "test" },
    admin: { address: address("127.0.0.1", 0) },
    dynamic_resources: {
      lds_config: { path_config_source: { path: lds }, resource_api_version: "V3" },
    },
    static_resources: {
      clusters: Object.entries(clusters).map(([name, cluster]) => clusterOf(name, cluster)),
    },
  };
}

function clusterOf(name: string, options: ClusterOptions): Json {
  const url = new URL(options.url);
  const urls = options.empty
    ? []
    : [url, ...(options.furtherUrls ?? []).map((each) => new URL(each))];
  const hosts = urls.map((each) => ({ endpoint: { address: addressOf(each) } }));
  const limit = options.maxRequests ?? 100_000;
  const limits = { max_connections: limit, max_pending_requests: limit, max_requests: limit };
  return {
    name,
    type: /^[\d.]+$/.test(url.hostname) ? "STATIC" : "STRICT_DNS",
    dns_lookup_family: "V4_ONLY",
    // What only time can tell shows in the policy's own: a busy machine is seconds late with a handshake.
    connect_timeout: "20s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: hosts }] },
    circuit_breakers: { thresholds: [limits] },
    typed_extension_protocol_options: protocolToUpstream(options.http2 ?? false),
    ...((options.tls ?? url.protocol === "https:") && {
      transport_socket: tlsToUpstream(url.hostname),
    }),
  };
}

const protocolToUpstream = (http2: boolean): Json => ({
  [HTTP_PROTOCOL_OPTIONS]: {
    "@type": `type.googleapis.com/${HTTP_PROTOCOL_OPTIONS}`,
    explicit_http_config: http2
      ? { http2_protocol_options: {} }
      : { http_protocol_options: { enable_trailers: true } },
  },
});

const tlsToUpstream = (sni: string): Json => ({
  name: "envoy.transport_sockets.tls",
  typed_config: {
    "@type": `${EXTENSIONS}.transport_sockets.tls.v3.UpstreamTlsContext`,
    sni,
  },
});

const addressOf = (url: URL): Json =>
  address(url.hostname, Number(url.port || (url.protocol === "https:" ? 443 : 80)));

const address = (host: string, port: number): Json => ({
  socket_address: { address: host, port_value: port },
});

/** The answer of the listener discovery service, with our one listener. */
export function listenerDiscovery(
  options: GatewayOptions,
  filters: readonly FilterOptions[],
  version: number,
): Json {
  const { listenerContext } = options;
  const metadata = listenerContext && {
    filter_metadata: {
      [listenerContext.apiId]: { context: JSON.stringify(listenerContext.context) },
    },
  };
  const listener = {
    "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
    name: "gateway",
    address: address("127.0.0.1", 0),
    per_connection_buffer_limit_bytes: options.bufferLimit ?? 1_048_576,
    ...(metadata && { metadata }),
    filter_chains: [{ filters: [connectionManager(options, filters)] }],
  };
  return { version_info: String(version), resources: [listener] };
}

function connectionManager(options: GatewayOptions, filters: readonly FilterOptions[]): Json {
  const window = options.http2StreamWindow;
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "gateway",
      codec_type: "AUTO",
      http_protocol_options: { enable_trailers: true, accept_http_10: true },
      http2_protocol_options: {
        allow_connect: true,
        ...(window !== undefined && { initial_stream_window_size: window }),
      },
      ...(options.headLimits && {
        max_request_headers_kb: options.headLimits.kilobytes,
        common_http_protocol_options: { max_headers_count: options.headLimits.fields },
      }),
      upgrade_configs: [{ upgrade_type: "websocket" }, { upgrade_type: "CONNECT" }],
      // The policy must see what was sent, not what Envoy made of it.
      normalize_path: false,
      merge_slashes: false,
      // `source.address` is the socket's, not what a client claims in X-Forwarded-For.
      use_remote_address: options.clientAddress?.useRemoteAddress ?? true,
      skip_xff_append: options.clientAddress?.skipXffAppend ?? true,
      stream_idle_timeout: "60s",
      route_config: { name: "all", virtual_hosts: [virtualHost(options)] },
      http_filters: [...(options.nativeFilters ?? []), ...filters.map(wasmFilter), router()],
    },
  };
}

function virtualHost({ route: policies }: GatewayOptions): Json {
  const route = { cluster: UPSTREAM_CLUSTER, timeout: "30s", ...policies };
  const connect = {
    match: { connect_matcher: {} },
    route,
  };
  return { name: "all", domains: ["*"], routes: [connect, { match: { prefix: "/" }, route }] };
}

const router = (): Json => ({
  name: "envoy.filters.http.router",
  typed_config: { "@type": `${EXTENSIONS}.filters.http.router.v3.Router` },
});

const stringValue = (value: string): Json => ({
  "@type": "type.googleapis.com/google.protobuf.StringValue",
  value,
});

function wasmFilter(filter: FilterOptions): Json {
  const vm = {
    vm_id: filter.vmId,
    runtime: "envoy.wasm.runtime.v8",
    code: { local: { filename: filter.wasm } },
    ...(filter.vmConfig !== undefined && { configuration: stringValue(filter.vmConfig) }),
  };
  const stop = filter.allowOnHeadersStopIteration;
  return {
    name: `wasm.${filter.name}`,
    typed_config: {
      "@type": `${EXTENSIONS}.filters.http.wasm.v3.Wasm`,
      config: {
        name: filter.name,
        root_id: filter.rootId,
        vm_config: vm,
        configuration: stringValue(configText(filter.config)),
        ...(stop !== undefined && { allow_on_headers_stop_iteration: stop }),
      },
    },
  };
}
