/**
 * What is `host-sim serve`, as an object? A proxy with real clusters behind it, a real listener in front of it, and admin
 * pages beside it. Nothing here knows of files, options or signals.
 */
import type { AddressInfo } from "node:net";
import type { LogLine } from "../envoy/log.ts";
import type { JsonObject } from "../envoy/node-info.ts";
import type { ProxyOptions } from "../envoy/proxy-options.ts";
import { Proxy } from "../envoy/proxy.ts";
import type { RoutePolicies } from "../envoy/router/route-policies.ts";
import { AdminServer } from "./admin/admin-server.ts";
import { configDump } from "./admin/config-dump.ts";
import { clusterStats, filterStats, listenerStats, serverStats } from "./admin/gateway-stats.ts";
import type { LoggerLevels, LogLevel } from "./admin/logger-levels.ts";
import type { Stat } from "./admin/stat.ts";
import { ClusterSet, ROUTE_CLUSTER } from "./cluster-set.ts";
import { Listener } from "./listener.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
}

type Plugin = ProxyOptions["plugins"][number];

export interface GatewayServerOptions {
  readonly listen: Place;
  readonly admin: Place | undefined;
  readonly plugin: Plugin;
  readonly upstream: string;
  readonly clusters: ReadonlyMap<string, string>;
  readonly insecure: boolean;
  readonly bufferLimit: number;
  readonly routeTimeoutMs: number;
  readonly routePolicies: RoutePolicies;
  readonly useRemoteAddress: boolean;
  readonly skipXffAppend: boolean;
  readonly acceptHttp10: boolean;
  readonly levels: LoggerLevels;
  readonly listenerMetadata: JsonObject;
  readonly onLog: (level: LogLevel, message: string, time: number) => void;
}

export interface Reconfiguration {
  readonly wasm: Uint8Array;
  readonly config: Uint8Array;
  readonly allowOnHeadersStopIteration: boolean;
  readonly clusters: ReadonlyMap<string, string>;
}

export class GatewayServer {
  readonly #options: GatewayServerOptions;
  readonly #proxy: Proxy;
  readonly #clusters: ClusterSet;
  readonly #listener: Listener;
  readonly #admin: AdminServer;
  readonly #startedAt = Date.now();
  #plugin: Plugin;
  #address = "";
  #state: "PRE_INITIALIZING" | "LIVE" | "DRAINING" = "PRE_INITIALIZING";

  private constructor(options: GatewayServerOptions, proxy: Proxy, clusters: ClusterSet) {
    this.#options = options;
    this.#plugin = options.plugin;
    this.#proxy = proxy;
    this.#clusters = clusters;
    this.#listener = new Listener({
      ...options.listen,
      createStream: (callbacks, connection) => proxy.newStream(callbacks, connection),
      acceptHttp10: options.acceptHttp10,
    });
    options.levels.onChange = () => this.#applyLevel();
    this.#admin = new AdminServer({
      levels: options.levels,
      state: () => this.#state,
      stats: () => this.#stats(),
      configDump: () => this.#configDump(),
      serverInfo: () => this.#serverInfo(),
    });
  }

  /** Rejects with a SimulatorError if the filter can't run, or refuses its start or its configuration. */
  static async create(options: GatewayServerOptions): Promise<GatewayServer> {
    const clusters = new ClusterSet(options.insecure);
    try {
      await clusters.add(ROUTE_CLUSTER, options.upstream);
      for (const [name, url] of options.clusters) await clusters.add(name, url);
      const proxy = await Proxy.create({
        plugins: [options.plugin],
        clusters: [],
        // Those that a later configuration needs are found too.
        findCluster: (name) => clusters.get(name),
        routes: ROUTE_CLUSTER,
        bufferLimit: options.bufferLimit,
        routeTimeoutMs: options.routeTimeoutMs,
        routePolicies: options.routePolicies,
        useRemoteAddress: options.useRemoteAddress,
        skipXffAppend: options.skipXffAppend,
        logLevel: proxyLevel(options.levels),
        onLog: (line) => options.onLog(envoyLevel(line), line.text, line.time),
        node: { listenerMetadata: options.listenerMetadata },
      });
      return new GatewayServer(options, proxy, clusters);
    } catch (error) {
      await clusters.close();
      throw error;
    }
  }

  /** Rejects with node's error when the port can't be had; so does `listenAdmin`. */
  async listen(): Promise<AddressInfo> {
    const at = await this.#listener.listen();
    this.#address = `${at.address}:${at.port}`;
    this.#state = "LIVE";
    return at;
  }

  listenAdmin({ host, port }: Place): Promise<AddressInfo> {
    return this.#admin.listen(host, port);
  }

  /**
   * Another configuration, or another module, with the clusters that it needs and what it says of headers that are held. Rejects if the filter
   * refuses it; the one before stays in use then. Not to be called again before it has ended.
   */
  async reconfigure({ clusters, ...change }: Reconfiguration): Promise<void> {
    for (const [name, url] of clusters) await this.#clusters.add(name, url);
    const plugin = { ...this.#plugin, ...change };
    this.#proxy.useChain(await this.#proxy.prepareChain([plugin], ROUTE_CLUSTER));
    this.#plugin = plugin;
  }

  /** Lets requests end for at most `ms`, then ends filters, clusters and admin pages. */
  async close(ms: number): Promise<void> {
    this.#state = "DRAINING";
    await this.#listener.drain(ms);
    // Filters may have something left to send, such as messages that they gathered.
    await this.#proxy.close(ms);
    await this.#clusters.close();
    await this.#admin.close();
  }

  #applyLevel(): void {
    this.#proxy.log.level = proxyLevel(this.#options.levels);
  }

  #stats(): Stat[] {
    const clusters = [...this.#clusters].flatMap(({ name, stats }) => clusterStats(name, stats));
    return [
      ...filterStats(this.#proxy.stats),
      ...listenerStats(this.#listener.stats),
      ...clusters,
      ...serverStats(this.#startedAt, this.#state === "LIVE"),
    ];
  }

  #configDump(): unknown {
    const { name, rootId, vmId, wasmName, config, failurePolicy } = this.#plugin;
    const { allowOnHeadersStopIteration } = this.#plugin;
    const filter = {
      name,
      rootId,
      vmId,
      wasm: wasmName,
      configuration: Buffer.from(config).toString("utf8"),
      failOpen: failurePolicy === "FAIL_OPEN",
      allowOnHeadersStopIteration,
    };
    const { bufferLimit } = this.#options;
    return configDump({ listen: this.#address, bufferLimit, filter, clusters: this.#clusters });
  }

  #serverInfo(): Record<string, unknown> {
    const uptime = `${Math.floor((Date.now() - this.#startedAt) / 1000)}s`;
    const version = `host-sim/node ${process.version}`;
    return { version, state: this.#state, uptime_current_epoch: uptime, uptime_all_epochs: uptime };
  }
}

export function envoyLevel(line: LogLine): LogLevel {
  return line.level === "warn" ? "warning" : line.level;
}

/** What filters are told, and what is kept: `off` has no counterpart there. */
export function proxyLevel(levels: LoggerLevels): LogLine["level"] {
  const level = levels.get("wasm");
  if (level === "off") return "critical";
  return level === "warning" ? "warn" : level;
}
