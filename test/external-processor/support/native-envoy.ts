/**
 * A real Envoy with its own ext_proc filter, configured as the vendor's guide for Istio has it, in front of an upstream: what does
 * it make of a processor?
 */
import { join } from "node:path";
import { installedEnvoy } from "../../support/envoy/binary.ts";
import { EnvoyProcess } from "../../support/envoy/process.ts";
import { eventually } from "../../support/deadline.ts";
import { parseStats } from "../../support/stats.ts";

export const envoyBinary = installedEnvoy();

type Json = Record<string, unknown>;

export interface NativeFilterOptions {
  /** `http(s)://host:port` of the processor. */
  readonly processor: string;
  readonly upstream: string;
  /** Over what the guide has: STREAMED bodies both ways. */
  readonly processingMode?: Json;
  readonly failureModeAllow?: boolean;
  readonly observabilityMode?: boolean;
  /** Further keys of the filter. */
  readonly filter?: Json;
  readonly attributes?: readonly string[];
  /** A gRPC health check of the processor. */
  readonly healthCheck?: boolean;
}

export interface NativeEnvoy {
  readonly host: string;
  readonly port: number;
  stats(): Promise<Map<string, number>>;
  lines(): readonly string[];
  stop(): Promise<void>;
}

const EXTENSIONS = "type.googleapis.com/envoy.extensions";
const CERTIFICATE = join(import.meta.dirname, "../../fixtures/tls/cert.pem");

export async function startNativeEnvoy(options: NativeFilterOptions): Promise<NativeEnvoy> {
  if (envoyBinary === undefined) throw new Error("Envoy is not there");
  const envoy = new EnvoyProcess();
  try {
    const file = envoy.write("bootstrap.json", bootstrap(options));
    const admin = await envoy.start(envoyBinary, file, 1);
    const page = async (path: string): Promise<string> =>
      (await fetch(`http://${admin}${path}`)).text();
    const port = await eventually("Envoy listens", async () => {
      const { listener_statuses: listeners = [] } = JSON.parse(
        await page("/listeners?format=json"),
      ) as { listener_statuses?: { local_address: { socket_address: { port_value: number } } }[] };
      return listeners[0]?.local_address.socket_address.port_value;
    });
    return {
      host: "127.0.0.1",
      port,
      stats: async () => parseStats(await page("/stats")),
      lines: () => envoy.lines.map(({ text }) => text),
      stop: () => envoy.stop(),
    };
  } catch (error) {
    await envoy.stop();
    throw error;
  }
}

function bootstrap(options: NativeFilterOptions): Json {
  return {
    node: { id: "native", cluster: "test" },
    admin: { address: address("127.0.0.1", 0) },
    static_resources: {
      listeners: [
        {
          name: "gateway",
          address: address("127.0.0.1", 0),
          filter_chains: [{ filters: [connectionManager(options)] }],
        },
      ],
      clusters: [cluster("upstream", options.upstream), processorCluster(options)],
    },
  };
}

function connectionManager(options: NativeFilterOptions): Json {
  const route = { match: { prefix: "/" }, route: { cluster: "upstream", timeout: "30s" } };
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "gateway",
      http_protocol_options: { enable_trailers: true },
      normalize_path: false,
      // A client's own x-request-id is kept, as behind another proxy.
      preserve_external_request_id: true,
      route_config: {
        name: "all",
        virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }],
      },
      http_filters: [
        nativeFilter(options),
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": `${EXTENSIONS}.filters.http.router.v3.Router` },
        },
      ],
    },
  };
}

function nativeFilter(options: NativeFilterOptions): Json {
  return {
    name: "envoy.filters.http.ext_proc",
    typed_config: {
      "@type": `${EXTENSIONS}.filters.http.ext_proc.v3.ExternalProcessor`,
      grpc_service: { envoy_grpc: { cluster_name: "processor" } },
      processing_mode: {
        request_body_mode: "STREAMED",
        response_body_mode: "STREAMED",
        ...options.processingMode,
      },
      request_attributes: options.attributes ?? ["request.id", "request.time", "source.address"],
      failure_mode_allow: options.failureModeAllow ?? false,
      observability_mode: options.observabilityMode ?? false,
      // Two cores are shared by everything that tests start.
      message_timeout: "5s",
      ...options.filter,
    },
  };
}

function processorCluster(options: NativeFilterOptions): Json {
  const check = {
    timeout: "1s",
    interval: "1s",
    no_traffic_interval: "1s",
    unhealthy_threshold: 1,
    healthy_threshold: 1,
    grpc_health_check: {},
  };
  return {
    ...cluster("processor", options.processor),
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    ...(options.healthCheck && { health_checks: [check] }),
    ...(options.processor.startsWith("https:") && { transport_socket: tls() }),
  };
}

function cluster(name: string, url: string): Json {
  const { hostname, port } = new URL(url);
  const endpoint = { address: address(hostname, Number(port)) };
  const many = 100_000;
  const limits = { max_connections: many, max_pending_requests: many, max_requests: many };
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    circuit_breakers: { thresholds: [limits] },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      },
    },
  };
}

/** As in the vendor's guide: the certificate of the node is checked. */
const tls = (): Json => ({
  name: "envoy.transport_sockets.tls",
  typed_config: {
    "@type": `${EXTENSIONS}.transport_sockets.tls.v3.UpstreamTlsContext`,
    sni: "localhost",
    common_tls_context: { validation_context: { trusted_ca: { filename: CERTIFICATE } } },
  },
});

const address = (host: string, port: number): Json => ({
  socket_address: { address: host, port_value: port },
});
