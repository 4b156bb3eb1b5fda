/** What is an upstream behind a URL? Its addresses, Envoy's default circuit breaker, its counts, and a way to reach it. */
import type { Cluster, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";
import { http1Transport } from "./http1-transport.ts";
import { http2Transport } from "./http2-transport.ts";
import { RefusedStream } from "./refused-stream.ts";
import { HostResolver, parseUpstreamUrl } from "./upstream-address.ts";
import type { UpstreamTransport } from "./upstream-transport.ts";

/** Envoy's default thresholds: max_connections, max_pending_requests and max_requests are 1024 each. */
const DEFAULT_MAX_REQUESTS = 1024;

export interface ClusterOptions {
  readonly name: string;
  /** http, https, h2 (HTTP/2 without asking first) or h2s (HTTP/2 with TLS). */
  readonly url: string;
  /** Accept any certificate, as an Envoy cluster without a validation context does. */
  readonly insecure?: boolean;
  /** Requests at once; more are refused ("overflow"). */
  readonly maxRequests?: number;
}

/** Counts of one cluster, named as Envoy's `cluster.<name>.…` statistics. */
export interface ClusterStats {
  upstream_rq_total: number;
  upstream_rq_active: number;
  upstream_rq_pending_overflow: number;
  upstream_cx_connect_fail: number;
  upstream_rq_rx_reset: number;
}

export class HttpCluster implements Cluster {
  readonly name: string;
  readonly url: string;
  readonly stats: ClusterStats = {
    upstream_rq_total: 0,
    upstream_rq_active: 0,
    upstream_rq_pending_overflow: 0,
    upstream_cx_connect_fail: 0,
    upstream_rq_rx_reset: 0,
  };
  readonly #resolver: HostResolver;
  readonly #transport: UpstreamTransport;
  readonly #maxRequests: number;

  private constructor(options: ClusterOptions) {
    this.name = options.name;
    this.url = options.url;
    this.#maxRequests = options.maxRequests ?? DEFAULT_MAX_REQUESTS;
    const target = parseUpstreamUrl(options.url, `cluster ${options.name}`);
    this.#resolver = new HostResolver(target.host);
    const transport = target.http2 ? http2Transport : http1Transport;
    this.#transport = transport(target, options.insecure ?? false);
  }

  /** Resolves the name before it returns; a name that does not resolve is no error: `hasHosts` is false. */
  static async create(options: ClusterOptions): Promise<HttpCluster> {
    const cluster = new HttpCluster(options);
    await cluster.#resolver.start();
    return cluster;
  }

  get hasHosts(): boolean {
    return this.#resolver.hasHosts;
  }

  newStream(callbacks: UpstreamCallbacks): UpstreamRequest {
    const address = this.#resolver.pick();
    const overflow = this.stats.upstream_rq_active >= this.#maxRequests;
    if (address === undefined || overflow) {
      if (overflow) this.stats.upstream_rq_pending_overflow++;
      if (overflow) return new RefusedStream(callbacks, "overflow", "");
      return new RefusedStream(callbacks, "connection failure", "no healthy upstream");
    }
    this.stats.upstream_rq_total++;
    this.stats.upstream_rq_active++;
    return this.#transport.open(address, callbacks, (failure) => {
      this.stats.upstream_rq_active--;
      if (failure === "connection failure") this.stats.upstream_cx_connect_fail++;
      else if (failure !== undefined) this.stats.upstream_rq_rx_reset++;
    });
  }

  close(): Promise<void> {
    this.#resolver.stop();
    this.#transport.close();
    return Promise.resolve();
  }
}
