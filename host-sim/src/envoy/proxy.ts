/**
 * What is a running gateway, without its sockets? Plugins in VMs, clusters, and a new stream for each request that a
 * listener, or a test, brings (Envoy's server, as far as HTTP filters can tell).
 */
import { CallJournal } from "./call-journal.ts";
import type { ClientAddressOptions } from "./client-address.ts";
import { RealClock, type Clock } from "./clock.ts";
import { envoyForeignFunctions } from "./foreign-functions.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Cluster, ConnectionInfo, DownstreamCallbacks } from "./http.ts";
import type { StreamFilterFactory } from "./filter-chain.ts";
import { HttpStream } from "./http-stream.ts";
import { Log } from "./log.ts";
import {
  defaultBufferLimit,
  defaultHttp2StreamWindow,
  type ProxyOptions,
} from "./proxy-options.ts";
import { NativeStack } from "./native-stack.ts";
import { nodeInfo } from "./node-info.ts";
import { preparePlugin } from "./plugin.ts";
import type { FilterOptions, PreparedChain, Routes } from "./plugin-chain.ts";
import { PluginHost } from "./plugin-host.ts";
import { defaultRouteTimeoutMs, isRoutable, type Route, type RouteTable } from "./route.ts";
import { Router } from "./router/router.ts";
import { RunningChain } from "./running-chain.ts";
import type { SimulatorError } from "../wasm/errors.ts";
import type { Services } from "./services.ts";
import { SharedData } from "./shared-data.ts";
import { SharedQueues } from "./shared-queues.ts";
import { Stats } from "./stats.ts";
import type { StreamHost } from "./stream-host.ts";

export class Proxy implements StreamHost<HttpStream>, RouteTable {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly clientAddress: ClientAddressOptions;
  readonly log: Log;
  readonly stats: Stats;
  readonly journal: CallJournal;
  private readonly options: ProxyOptions;
  private readonly clusters = new Map<string, Cluster>();
  private readonly host: PluginHost;
  private readonly chain: RunningChain;
  private readonly streams = new Set<HttpStream>();
  private lastConnectionId = -1n;
  private crashed: SimulatorError | null = null;

  private constructor(options: ProxyOptions) {
    this.options = options;
    this.stats = options.stats ?? new Stats();
    this.clock = options.clock ?? new RealClock();
    this.bufferLimit = options.bufferLimit ?? defaultBufferLimit;
    const { useRemoteAddress = false, skipXffAppend = false } = options;
    this.clientAddress = { useRemoteAddress, skipXffAppend };
    this.log = new Log(this.clock, options.logLevel ?? "info", options.onLog);
    this.journal = new CallJournal(this.clock);
    for (const cluster of options.clusters) this.clusters.set(cluster.name, cluster);
    this.host = new PluginHost(this.createServices());
    this.chain = new RunningChain(this.host, options.routes);
  }

  private createServices(): Services {
    return {
      clock: this.clock,
      log: this.log,
      stats: this.stats,
      sharedData: this.options.sharedData ?? new SharedData(),
      sharedQueues: new SharedQueues(),
      journal: this.journal,
      stack: new NativeStack(),
      node: nodeInfo(this.options.node ?? {}),
      foreignFunctions: new Map([
        ...envoyForeignFunctions,
        ...(this.options.foreignFunctions ?? []),
      ]),
      onCrash: (error) => this.crash(error),
      cluster: (name) => this.cluster(name),
    };
  }

  /** What Envoy's process does not survive, nothing of this survives either. */
  private crash(error: SimulatorError): void {
    if (this.crashed !== null) return;
    this.crashed = error;
    this.log.fromGateway("critical", error.message);
    this.host.kill();
    for (const stream of this.streams) stream.resetStream();
    if (this.options.onCrash !== undefined) this.options.onCrash(error);
    else
      queueMicrotask(() => {
        throw error;
      });
  }

  /** Rejects with a SimulatorError if a module can't be run, or refuses its start or its configuration. */
  static async create(options: ProxyOptions): Promise<Proxy> {
    const plugins = await Promise.all(options.plugins.map(preparePlugin));
    const proxy = new Proxy(options);
    try {
      for (const [i, plugin] of plugins.entries()) {
        proxy.chain.start(plugin, options.plugins[i]?.applies);
      }
    } catch (error) {
      // Those that started already must not tick on.
      await proxy.close();
      throw error;
    }
    return proxy;
  }

  // Streams

  newStream(downstream: DownstreamCallbacks, connection: ConnectionInfo): HttpStream {
    if (this.crashed !== null) throw this.crashed;
    const stream = new HttpStream(this, downstream, connection);
    this.streams.add(stream);
    return stream;
  }

  /** The same request once more, as its router sends it elsewhere: one that its client knows nothing of. */
  recreateStream(downstream: DownstreamCallbacks, before: HttpStream): HttpStream {
    const stream = new HttpStream(this, downstream, before.info.connection, before.redirects + 1);
    this.streams.add(stream);
    return stream;
  }

  createFilters(stream: HttpStream): StreamFilterFactory[] {
    const { links, routes } = this.chain.current;
    const { requestHeaders } = stream;
    this.chooseRoute(stream);
    const filters = links
      .filter(({ applies }) => requestHeaders === null || applies(requestHeaders))
      .map(({ handle }) => handle.filterFactory())
      .filter((factory) => factory !== null);
    const table: RouteTable = {
      match: (headers) => this.matchIn(routes, headers),
      cluster: (name) => this.cluster(name),
    };
    return [...filters, ({ decoder }) => new Router(stream, table, decoder)];
  }

  /** Filters see the route already; the router looks again, as they may have changed the headers. */
  private chooseRoute({ requestHeaders, info }: HttpStream): void {
    const route = requestHeaders === null ? null : this.match(requestHeaders);
    const cluster = route === null ? undefined : this.cluster(route.cluster);
    info.clusterName = cluster?.name;
    info.endpoints = cluster === undefined ? undefined : Number(cluster.hasHosts);
  }

  onStreamEnd(stream: HttpStream): void {
    this.streams.delete(stream);
  }

  bufferLimitOf(protocol: ConnectionInfo["protocol"]): number {
    if (protocol !== "HTTP/2") return this.bufferLimit;
    return this.options.http2StreamWindow ?? defaultHttp2StreamWindow;
  }

  nextConnectionId(): bigint {
    return ++this.lastConnectionId;
  }

  match(headers: HeaderMap): Route | null {
    return this.matchIn(this.chain.current.routes, headers);
  }

  private matchIn(routes: Routes, headers: HeaderMap): Route | null {
    const { routeTimeoutMs, routePolicies, node } = this.options;
    if (!isRoutable(headers)) return null;
    if (typeof routes !== "string") return routes.match(headers);
    const timeoutMs = routeTimeoutMs ?? defaultRouteTimeoutMs;
    const common = { cluster: routes, name: node?.routeName ?? "", timeoutMs };
    return routePolicies === undefined ? common : { ...common, policies: routePolicies };
  }

  cluster(name: string): Cluster | undefined {
    return this.clusters.get(name) ?? this.options.findCluster?.(name);
  }

  // Which plugins new streams get: see RunningChain

  reconfigure(config: Uint8Array, name?: string): void {
    this.chain.reconfigure(config, name);
  }

  prepareChain(filters: readonly FilterOptions[], routes: Routes): Promise<PreparedChain> {
    return this.chain.prepare(filters, routes);
  }

  useChain(prepared: PreparedChain): void {
    this.chain.use(prepared);
  }

  discardChain(prepared: PreparedChain): void {
    this.chain.discard(prepared);
  }

  // Operation

  /** What is alive right now. */
  get contexts(): Record<
    "streams" | "pendingCalls" | "grpcStreams" | "roots" | "drainingRoots",
    number
  > {
    return {
      streams: this.streams.size,
      pendingCalls: this.journal.pending,
      grpcStreams: this.host.grpcStreams,
      roots: this.chain.handles.length,
      drainingRoots: this.host.unfinishedRoots,
    };
  }

  /** Root contexts that new streams don't get any more, and that have not ended. */
  get retiredRoots(): number {
    return this.host.rootCount - this.chain.handles.length;
  }

  /**
   * Ends all streams and root contexts, then the clusters. A root context whose `proxy_on_done` said that it has work left
   * has `graceMs` for it: what it still has to send would be lost otherwise.
   */
  async close(graceMs = 0): Promise<void> {
    for (const stream of this.streams) stream.resetStream();
    this.chain.end();
    await this.host.close(graceMs);
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.close()));
  }
}
