/**
 * What is a running gateway, without its sockets? Plugins in VMs, clusters, and a new stream for each request that a
 * listener, or a test, brings (Envoy's server, as far as HTTP filters can tell).
 */
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import { CallJournal } from "./call-journal.ts";
import { RealClock, type Clock } from "./clock.ts";
import { envoyForeignFunctions } from "./foreign-functions.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Cluster, ConnectionInfo, DownstreamCallbacks } from "./http.ts";
import type { StreamFilterFactory } from "./filter-chain.ts";
import { HttpStream } from "./http-stream.ts";
import { Log } from "./log.ts";
import { defaultBufferLimit, type ProxyOptions } from "./proxy-options.ts";
import { nodeInfo } from "./node-info.ts";
import { preparePlugin, withConfiguration } from "./plugin.ts";
import {
  always,
  type FilterOptions,
  type PluginChain,
  type PreparedChain,
  type Routes,
} from "./plugin-chain.ts";
import type { PluginHandle } from "./plugin-handle.ts";
import { PluginHost, takeSame } from "./plugin-host.ts";
import { defaultRouteTimeoutMs, isRoutable, type Route, type RouteTable } from "./route.ts";
import { Router } from "./router.ts";
import type { Services } from "./services.ts";
import { SharedData } from "./shared-data.ts";
import { SharedQueues } from "./shared-queues.ts";
import { Stats } from "./stats.ts";
import type { StreamHost } from "./stream-host.ts";

export class Proxy implements StreamHost<HttpStream>, RouteTable {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly useRemoteAddress: boolean;
  readonly log: Log;
  readonly stats: Stats;
  readonly journal: CallJournal;
  private readonly options: ProxyOptions;
  private readonly clusters = new Map<string, Cluster>();
  private readonly host: PluginHost;
  private chain: PluginChain;
  private readonly streams = new Set<HttpStream>();
  private lastConnectionId = -1n;

  private constructor(options: ProxyOptions) {
    this.options = options;
    this.chain = { links: [], routes: options.routes };
    this.stats = options.stats ?? new Stats();
    this.clock = options.clock ?? new RealClock();
    this.bufferLimit = options.bufferLimit ?? defaultBufferLimit;
    this.useRemoteAddress = options.useRemoteAddress ?? false;
    this.log = new Log(this.clock, options.logLevel ?? "info", options.onLog);
    this.journal = new CallJournal(this.clock);
    for (const cluster of options.clusters) this.clusters.set(cluster.name, cluster);
    this.host = new PluginHost(this.createServices());
  }

  private createServices(): Services {
    return {
      clock: this.clock,
      log: this.log,
      stats: this.stats,
      sharedData: this.options.sharedData ?? new SharedData(),
      sharedQueues: new SharedQueues(),
      journal: this.journal,
      node: nodeInfo(this.options.node ?? {}),
      foreignFunctions: new Map([
        ...envoyForeignFunctions,
        ...(this.options.foreignFunctions ?? []),
      ]),
      cluster: (name) => this.cluster(name),
    };
  }

  /** Rejects with a SimulatorError if a module can't be run, or refuses its start or its configuration. */
  static async create(options: ProxyOptions): Promise<Proxy> {
    const plugins = await Promise.all(options.plugins.map(preparePlugin));
    const proxy = new Proxy(options);
    try {
      for (const [i, plugin] of plugins.entries()) {
        const applies = options.plugins[i]?.applies ?? always;
        const link = { handle: proxy.host.start(plugin), applies };
        proxy.chain = { routes: options.routes, links: [...proxy.chain.links, link] };
      }
    } catch (error) {
      // Those that started already must not tick on.
      await proxy.close();
      throw error;
    }
    return proxy;
  }

  private get handles(): PluginHandle[] {
    return this.chain.links.map(({ handle }) => handle);
  }

  // Streams

  newStream(downstream: DownstreamCallbacks, connection: ConnectionInfo): HttpStream {
    const stream = new HttpStream(this, downstream, connection);
    this.streams.add(stream);
    return stream;
  }

  createFilters(stream: HttpStream): StreamFilterFactory[] {
    const { links, routes } = this.chain;
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
    return [...filters, () => new Router(stream, table)];
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

  nextConnectionId(): bigint {
    return ++this.lastConnectionId;
  }

  match(headers: HeaderMap): Route | null {
    return this.matchIn(this.chain.routes, headers);
  }

  private matchIn(routes: Routes, headers: HeaderMap): Route | null {
    const { routeTimeoutMs, node } = this.options;
    if (!isRoutable(headers)) return null;
    if (typeof routes !== "string") return routes.match(headers);
    const timeoutMs = routeTimeoutMs ?? defaultRouteTimeoutMs;
    return { cluster: routes, name: node?.routeName ?? "", timeoutMs };
  }

  cluster(name: string): Cluster | undefined {
    return this.clusters.get(name) ?? this.options.findCluster?.(name);
  }

  // Operation

  /**
   * Gives a plugin (the only one, or the one of this name) another configuration. It is tried in a VM of its own first:
   * if it is refused there, an error is thrown and everything stays as it was. Streams keep the configuration that they
   * began with; the old root context ends when the last of them has ended.
   */
  reconfigure(config: Uint8Array, name?: string): void {
    const index = this.indexOf(name);
    const old = this.chain.links[index]!;
    const plugin = withConfiguration(old.handle.plugin, config);
    if (plugin.key === old.handle.plugin.key) return;
    const handle = this.host.startTried(plugin);
    const links = [...this.chain.links];
    links[index] = { ...old, handle };
    this.chain = { ...this.chain, links };
    old.handle.retire();
  }

  /**
   * Starts what a new chain needs beyond the one in use: a plugin that is the same in both keeps its root context. Rejects
   * if one of them is refused; nothing has changed then.
   */
  async prepareChain(filters: readonly FilterOptions[], routes: Routes): Promise<PreparedChain> {
    const plugins = await Promise.all(filters.map(preparePlugin));
    const reusable = new Set(this.handles.filter(({ vm }) => !vm.failed));
    const started: PluginHandle[] = [];
    try {
      const links = plugins.map((plugin, i) => {
        const handle = takeSame(reusable, plugin) ?? this.host.startTried(plugin);
        if (!this.handles.includes(handle)) started.push(handle);
        return { handle, applies: filters[i]?.applies ?? always };
      });
      return { links, routes, started };
    } catch (error) {
      for (const handle of started) handle.retire();
      throw error;
    }
  }

  /** New streams get it from now on. */
  useChain({ links, routes }: PreparedChain): void {
    const old = this.handles;
    this.chain = { links, routes };
    const kept = new Set(this.handles);
    for (const handle of old) if (!kept.has(handle)) handle.retire();
    this.host.forgetIdle(this.handles);
  }

  discardChain({ started }: PreparedChain): void {
    for (const handle of started) handle.retire();
    this.host.forgetIdle(this.handles);
  }

  private indexOf(name: string | undefined): number {
    const { handles } = this;
    if (name === undefined && handles.length === 1) return 0;
    const index = handles.findIndex((handle) => handle.plugin.name === name);
    if (index >= 0) return index;
    const names = handles.map((handle) => `"${handle.plugin.name}"`).join(", ");
    throw new SimulatorError(
      errorCodes.badOption,
      `no plugin "${name ?? ""}"; there are: ${names}`,
    );
  }

  /** What is alive right now. */
  get contexts(): Record<
    "streams" | "pendingCalls" | "grpcStreams" | "roots" | "drainingRoots",
    number
  > {
    return {
      streams: this.streams.size,
      pendingCalls: this.journal.pending,
      grpcStreams: this.host.grpcStreams,
      roots: this.handles.length,
      drainingRoots: this.host.unfinishedRoots,
    };
  }

  /** Root contexts that new streams don't get any more, and that have not ended. */
  get retiredRoots(): number {
    return this.host.rootCount - this.handles.length;
  }

  /**
   * Ends all streams and root contexts, then the clusters. A root context whose `proxy_on_done` said that it has work left
   * has `graceMs` for it: what it still has to send would be lost otherwise.
   */
  async close(graceMs = 0): Promise<void> {
    for (const stream of this.streams) stream.resetStream();
    for (const handle of this.handles) handle.retire();
    this.chain = { ...this.chain, links: [] };
    await this.host.close(graceMs);
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.close()));
  }
}
