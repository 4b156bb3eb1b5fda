/**
 * How are requests sent to an upstream over HTTP/1.1? A pool of kept-alive connections to one host, with Envoy's default
 * circuit breaker; each request is an UpstreamStream.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Cluster, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";
import { RefusedStream } from "./refused-stream.ts";
import { HostResolver, parseUpstreamUrl, type UpstreamAddress } from "./upstream-address.ts";
import { UpstreamStream } from "./upstream-stream.ts";

/** Envoy's default thresholds: max_connections, max_pending_requests and max_requests are 1024 each. */
const DEFAULT_MAX_REQUESTS = 1024;

export interface ClusterOptions {
  readonly name: string;
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
  readonly #address: UpstreamAddress;
  readonly #resolver: HostResolver;
  readonly #agent: HttpAgent;
  readonly #maxRequests: number;

  private constructor(options: ClusterOptions) {
    this.name = options.name;
    this.url = options.url;
    this.#address = parseUpstreamUrl(options.url, `cluster ${options.name}`);
    this.#resolver = new HostResolver(this.#address.host);
    this.#maxRequests = options.maxRequests ?? DEFAULT_MAX_REQUESTS;
    const pool = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: DEFAULT_MAX_REQUESTS };
    this.#agent =
      this.#address.scheme === "https"
        ? new HttpsAgent({ ...pool, rejectUnauthorized: !(options.insecure ?? false) })
        : new HttpAgent(pool);
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
    const target = { ...this.#address, address, agent: this.#agent };
    return new UpstreamStream(target, callbacks, (failure) => {
      this.stats.upstream_rq_active--;
      if (failure === "connection failure") this.stats.upstream_cx_connect_fail++;
      else if (failure !== undefined) this.stats.upstream_rq_rx_reset++;
    });
  }

  close(): Promise<void> {
    this.#resolver.stop();
    this.#agent.destroy();
    return Promise.resolve();
  }
}
