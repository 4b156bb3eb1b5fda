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
  /** Further hosts behind the name, spoken to as the first: they take turns. */
  readonly furtherUrls?: readonly string[];
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
  readonly #hosts: readonly Host[];
  #turn = 0;
  readonly #maxRequests: number;

  private constructor(options: ClusterOptions) {
    this.name = options.name;
    this.url = options.url;
    this.#maxRequests = options.maxRequests ?? DEFAULT_MAX_REQUESTS;
    const urls = [options.url, ...(options.furtherUrls ?? [])];
    this.#hosts = urls.map((url) => hostOf(url, options));
  }

  /** Resolves the name before it returns; a name that does not resolve is no error: `hasHosts` is false. */
  static async create(options: ClusterOptions): Promise<HttpCluster> {
    const cluster = new HttpCluster(options);
    await Promise.all(cluster.#hosts.map(({ resolver }) => resolver.start()));
    return cluster;
  }

  get hasHosts(): boolean {
    return this.#hosts.some(({ resolver }) => resolver.hasHosts);
  }

  get isFull(): boolean {
    return this.stats.upstream_rq_active >= this.#maxRequests;
  }

  onOverflow(): void {
    this.stats.upstream_rq_pending_overflow++;
  }

  newStream(callbacks: UpstreamCallbacks): UpstreamRequest {
    if (this.isFull) {
      this.onOverflow();
      return new RefusedStream(callbacks, "overflow", "");
    }
    const host = this.#nextHost();
    const address = host?.resolver.pick();
    if (host === undefined || address === undefined) {
      return new RefusedStream(callbacks, "connection failure", "no healthy upstream");
    }
    this.stats.upstream_rq_total++;
    this.stats.upstream_rq_active++;
    return host.transport.open(address, callbacks, (failure) => {
      this.stats.upstream_rq_active--;
      if (failure === "connection failure") this.stats.upstream_cx_connect_fail++;
      else if (failure !== undefined) this.stats.upstream_rq_rx_reset++;
    });
  }

  /** Round robin, over those whose name is resolved. */
  #nextHost(): Host | undefined {
    const known = this.#hosts.filter(({ resolver }) => resolver.hasHosts);
    return known[this.#turn++ % Math.max(1, known.length)];
  }

  close(): Promise<void> {
    for (const { resolver, transport } of this.#hosts) {
      resolver.stop();
      transport.close();
    }
    return Promise.resolve();
  }
}

interface Host {
  readonly resolver: HostResolver;
  readonly transport: UpstreamTransport;
}

function hostOf(url: string, { name, insecure }: ClusterOptions): Host {
  const target = parseUpstreamUrl(url, `cluster ${name}`);
  const transport = target.http2 ? http2Transport : http1Transport;
  const resolver = new HostResolver(target.host);
  return { resolver, transport: transport(target, insecure ?? false) };
}
