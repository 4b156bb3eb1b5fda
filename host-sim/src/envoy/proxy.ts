/**
 * What is a running gateway, without its sockets? Plugins in VMs, clusters, and a new stream for each request that a
 * listener, or a test, brings (Envoy's server, as far as HTTP filters can tell).
 */
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import { CallJournal } from "./call-journal.ts";
import { RealClock, type Clock } from "./clock.ts";
import { envoyForeignFunctions, type ForeignFunction } from "./foreign-functions.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Cluster, ConnectionInfo, DownstreamCallbacks } from "./http.ts";
import { HttpStream, type StreamFilterFactory, type StreamHost } from "./http-stream.ts";
import { Log, type LogLine } from "./log.ts";
import { nodeInfo, type NodeInfo } from "./node-info.ts";
import { preparePlugin, withConfiguration, type Plugin, type PluginOptions } from "./plugin.ts";
import { PluginHandle } from "./plugin-handle.ts";
import { defaultRouteTimeoutMs, isRoutable, type Route, type RouteTable } from "./route.ts";
import { Router } from "./router.ts";
import type { Services } from "./services.ts";
import { SharedData } from "./shared-data.ts";
import { SharedQueues } from "./shared-queues.ts";
import { createVm, startRoot } from "./start-plugin.ts";
import { Stats } from "./stats.ts";
import type { WasmVm } from "./wasm-vm.ts";
import type { LogLevel } from "../wasm/abi.ts";

export interface ProxyOptions {
  /** The filters of each stream, in order. */
  readonly plugins: readonly PluginOptions[];
  readonly clusters: readonly Cluster[];
  /** Name of the cluster that requests go to, or a choice for each. */
  readonly routes: Pick<RouteTable, "match"> | string;
  readonly routeTimeoutMs?: number;
  readonly clock?: Clock;
  /** Bytes of a body that are held at most, in each direction: Envoy's per_connection_buffer_limit_bytes. 0: no limit. */
  readonly bufferLimit?: number;
  readonly logLevel?: LogLevel;
  readonly onLog?: (line: LogLine) => void;
  readonly node?: Partial<NodeInfo>;
  /** Envoy's `use_remote_address`, with `skip_xff_append`; off by default. */
  readonly useRemoteAddress?: boolean;
  /** Beside Envoy's own, or in their place. */
  readonly foreignFunctions?: ReadonlyMap<string, ForeignFunction>;
}

export const defaultBufferLimit = 1024 * 1024;

export class Proxy implements StreamHost, RouteTable {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly useRemoteAddress: boolean;
  readonly log: Log;
  readonly stats = new Stats();
  readonly journal: CallJournal;
  private readonly services: Services;
  private readonly options: ProxyOptions;
  private readonly clusters = new Map<string, Cluster>();
  private readonly vms = new Map<string, WasmVm>();
  private readonly handles: PluginHandle[] = [];
  private readonly streams = new Set<HttpStream>();
  private lastConnectionId = -1n;

  private constructor(options: ProxyOptions) {
    this.options = options;
    this.clock = options.clock ?? new RealClock();
    this.bufferLimit = options.bufferLimit ?? defaultBufferLimit;
    this.useRemoteAddress = options.useRemoteAddress ?? false;
    this.log = new Log(this.clock, options.logLevel ?? "info", options.onLog);
    this.journal = new CallJournal(this.clock);
    for (const cluster of options.clusters) this.clusters.set(cluster.name, cluster);
    this.services = this.createServices(this.log, this.stats);
  }

  private createServices(log: Log, stats: Stats): Services {
    return {
      clock: this.clock,
      log,
      stats,
      sharedData: new SharedData(),
      sharedQueues: new SharedQueues(),
      journal: this.journal,
      node: nodeInfo(this.options.node ?? {}),
      foreignFunctions: new Map([
        ...envoyForeignFunctions,
        ...(this.options.foreignFunctions ?? []),
      ]),
      cluster: (name) => this.clusters.get(name),
    };
  }

  /** Rejects with a SimulatorError if a module can't be run, or refuses its start or its configuration. */
  static async create(options: ProxyOptions): Promise<Proxy> {
    const plugins = await Promise.all(options.plugins.map(preparePlugin));
    const proxy = new Proxy(options);
    try {
      for (const plugin of plugins) proxy.handles.push(proxy.startPlugin(plugin));
    } catch (error) {
      // Those that started already must not tick on.
      await proxy.close();
      throw error;
    }
    return proxy;
  }

  private countVm(): void {
    const prefix = "wasm.envoy.wasm.runtime.v8";
    for (const [name, type] of [
      ["active", "gauge"],
      ["created", "counter"],
    ] as const) {
      const metric = this.stats.define(`${prefix}.${name}`, type);
      if (metric.type !== "histogram") metric.value++;
    }
  }

  private startPlugin(plugin: Plugin): PluginHandle {
    let vm = this.vms.get(plugin.vmKey);
    if (vm === undefined || vm.failed) {
      vm = createVm(plugin, this.services);
      this.vms.set(plugin.vmKey, vm);
      this.countVm();
    }
    return new PluginHandle(vm, startRoot(vm, plugin, this.log));
  }

  // Streams

  newStream(downstream: DownstreamCallbacks, connection: ConnectionInfo): HttpStream {
    const stream = new HttpStream(this, downstream, connection);
    this.streams.add(stream);
    return stream;
  }

  createFilters(stream: HttpStream): StreamFilterFactory[] {
    this.chooseRoute(stream);
    const filters = this.handles
      .map((handle) => handle.filterFactory())
      .filter((factory) => factory !== null);
    return [...filters, () => new Router(stream, this)];
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
    const { routes, routeTimeoutMs, node } = this.options;
    if (!isRoutable(headers)) return null;
    if (typeof routes !== "string") return routes.match(headers);
    const timeoutMs = routeTimeoutMs ?? defaultRouteTimeoutMs;
    return { cluster: routes, name: node?.routeName ?? "", timeoutMs };
  }

  cluster(name: string): Cluster | undefined {
    return this.clusters.get(name);
  }

  // Operation

  /**
   * Gives a plugin (the only one, or the one of this name) another configuration. It is tried in a VM of its own first:
   * if it is refused there, an error is thrown and everything stays as it was. Streams keep the configuration that they
   * began with; the old root context ends when the last of them has ended.
   */
  reconfigure(config: Uint8Array, name?: string): void {
    const index = this.indexOf(name);
    const old = this.handles[index]!;
    const plugin = withConfiguration(old.plugin, config);
    if (plugin.key === old.plugin.key) return;
    this.tryOut(plugin);
    this.handles[index] = this.startPlugin(plugin);
    old.retire();
  }

  private indexOf(name: string | undefined): number {
    if (name === undefined && this.handles.length === 1) return 0;
    const index = this.handles.findIndex((handle) => handle.plugin.name === name);
    if (index >= 0) return index;
    const names = this.handles.map((handle) => `"${handle.plugin.name}"`).join(", ");
    throw new SimulatorError(
      errorCodes.badOption,
      `no plugin "${name ?? ""}"; there are: ${names}`,
    );
  }

  /** Envoy's canary: what it logs is told only if it fails. */
  private tryOut(plugin: Plugin): void {
    const log = new Log(this.clock, this.log.level);
    try {
      const vm = createVm(plugin, this.createServices(log, new Stats()));
      startRoot(vm, plugin, log);
      vm.kill();
    } catch (error) {
      for (const line of log.lines) this.log.copy(line);
      throw error;
    }
  }

  /** What is alive right now. */
  get contexts(): { streams: number; pendingCalls: number; roots: number; drainingRoots: number } {
    const vms = [...new Set(this.handles.map((handle) => handle.vm))];
    return {
      streams: this.streams.size,
      pendingCalls: this.journal.pending,
      roots: this.handles.length,
      drainingRoots: vms.reduce((sum, vm) => sum + vm.unfinishedRoots, 0),
    };
  }

  /** Ends all streams and root contexts, then the clusters. Root contexts that are not done yet are not waited for. */
  async close(): Promise<void> {
    for (const stream of this.streams) stream.resetStream();
    for (const handle of this.handles) handle.retire();
    for (const vm of this.vms.values()) vm.kill();
    this.handles.length = 0;
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.close()));
  }
}
