/**
 * What is a Flex Gateway in local mode, as an object? It serves one model, and changes to another without a failed request:
 * all that is new is made ready first, then everything is exchanged at once. Requests that run end as they began.
 */
import type { AddressInfo } from "node:net";
import type { HeaderMap } from "../../envoy/header-map.ts";
import type { DownstreamCallbacks, StreamDecoder } from "../../envoy/http.ts";
import { Proxy } from "../../envoy/proxy.ts";
import { SharedData } from "../../envoy/shared-data.ts";
import { Stats } from "../../envoy/stats.ts";
import { AdminServer } from "../../gateway/admin/admin-server.ts";
import {
  clusterStats,
  filterStats,
  listenerStats,
  serverStats,
} from "../../gateway/admin/gateway-stats.ts";
import type { LoggerLevels, LogLevel } from "../../gateway/admin/logger-levels.ts";
import type { Stat } from "../../gateway/admin/stat.ts";
import type { StreamFactory } from "../../gateway/downstream-stream.ts";
import { envoyLevel, proxyLevel, type Place } from "../../gateway/gateway-server.ts";
import { ListenerStats } from "../../gateway/listener-stats.ts";
import type { GatewayModel, PolicyModel } from "../model/gateway-model.ts";
import type { AgentFindings } from "../agent-phase.ts";
import { chooseApi } from "./choose-api.ts";
import { ApiProxies, type ApiPlan } from "./api-proxies.ts";
import { ClusterRegistry } from "./cluster-registry.ts";
import { flexDump, type RefusedChange } from "./flex-dump.ts";
import { Generations } from "./generations.ts";
import { Listeners } from "./listeners.ts";
import { planApis, wantedClusters } from "./plan-apis.ts";
import { PolicyFilters } from "./policy-filter.ts";
import { RoutedStream } from "./routed-stream.ts";

export interface FlexGatewayOptions {
  readonly name: string;
  readonly flexVersion: string;
  readonly env: ReadonlyMap<string, string>;
  readonly bufferLimit: number;
  readonly routeTimeoutMs: number;
  readonly useRemoteAddress: boolean;
  readonly skipXffAppend: boolean;
  readonly insecure: boolean;
  readonly drainMs: number;
  readonly levels: LoggerLevels;
  readonly onLog: (level: LogLevel, message: string, time: number) => void;
  readonly onAgent: (policy: PolicyModel, findings: AgentFindings) => void;
}

const TIDY_MS = 100;

export class FlexGateway {
  readonly #options: FlexGatewayOptions;
  readonly #clusters: ClusterRegistry;
  readonly #filters: PolicyFilters;
  readonly #proxies: ApiProxies;
  readonly #listeners: Listeners;
  readonly #generations = new Generations();
  readonly #stats = new Stats();
  readonly #sharedData = new SharedData();
  readonly #admin: AdminServer;
  readonly #startedAt = Date.now();
  readonly #nobody: Proxy;
  #plans: readonly ApiPlan[] = [];
  #refused: RefusedChange | null = null;
  #state: "PRE_INITIALIZING" | "LIVE" | "DRAINING" = "PRE_INITIALIZING";
  #tidying: NodeJS.Timeout | undefined;

  private constructor(options: FlexGatewayOptions, nobody: Proxy) {
    this.#options = options;
    this.#nobody = nobody;
    this.#clusters = new ClusterRegistry(options.insecure);
    this.#filters = new PolicyFilters(options, options.onAgent);
    this.#proxies = new ApiProxies((plan, listenerMetadata) =>
      Proxy.create({ ...this.#proxyOptions(), ...plan, node: this.#node(listenerMetadata) }),
    );
    this.#listeners = new Listeners((address) => this.#streamFactory(address));
    options.levels.onChange = () => this.#proxies.setLogLevel(proxyLevel(options.levels));
    this.#admin = new AdminServer({
      levels: options.levels,
      state: () => this.#state,
      stats: () => this.#allStats(),
      configDump: () => this.#dump(),
      serverInfo: () => this.#serverInfo(),
    });
  }

  static async create(options: FlexGatewayOptions): Promise<FlexGateway> {
    // Answers requests that no API takes, as Envoy does where it finds no route.
    const nobody = await Proxy.create({ plugins: [], clusters: [], routes: { match: () => null } });
    return new FlexGateway(options, nobody);
  }

  /**
   * Serves `model` from now on; returns the addresses that were opened for it. Rejects with a ConfigurationError or a
   * SimulatorError, and everything stays as it was. Not to be called again before it has ended.
   */
  async apply(model: GatewayModel): Promise<string[]> {
    const { routeTimeoutMs, flexVersion, drainMs } = this.#options;
    try {
      const plans = await planApis(model, this.#filters, { routeTimeoutMs, flexVersion });
      await this.#clusters.prepare(wantedClusters(model, plans));
      await this.#proxies.prepare(plans);
      await this.#listeners.prepare(model.apis);
      // No await from here on: no request sees one half of the change.
      this.#clusters.use(this.#generations.current);
      this.#proxies.use();
      this.#plans = plans;
      this.#generations.next();
      this.#refused = null;
      this.#state = "LIVE";
    } catch (error) {
      this.#discard();
      throw error;
    }
    this.#filters.forgetOthers(model.apis.flatMap(({ policies }) => policies));
    this.#tidyUp();
    return this.#listeners.use(drainMs);
  }

  /** To be shown with what is applied, until a change is made. */
  noteRefused(errors: readonly string[]): void {
    this.#refused = { time: new Date().toISOString(), errors };
  }

  listenAdmin({ host, port }: Place): Promise<AddressInfo> {
    return this.#admin.listen(host, port);
  }

  /** Lets requests end for at most the drain time, then as long policies with something left to send. */
  async close(): Promise<void> {
    this.#state = "DRAINING";
    clearTimeout(this.#tidying);
    await this.#listeners.drain(this.#options.drainMs);
    await this.#proxies.close(this.#options.drainMs);
    await this.#nobody.close();
    await this.#clusters.close();
    await this.#admin.close();
  }

  #discard(): void {
    this.#listeners.discard();
    this.#proxies.discard();
    this.#clusters.discard();
  }

  #streamFactory(address: string): StreamFactory {
    return (callbacks, connection) => {
      const choose = (headers: HeaderMap, downstream: DownstreamCallbacks): StreamDecoder => {
        const api = chooseApi(this.#plans, address, headers);
        const proxy = api === undefined ? undefined : this.#proxies.find(api.id);
        return (proxy ?? this.#nobody).newStream(downstream, connection);
      };
      return new RoutedStream(callbacks, choose, this.#generations.begin());
    };
  }

  /** What is no longer used goes as soon as the last request that knew it has ended. */
  #tidyUp(): void {
    clearTimeout(this.#tidying);
    this.#proxies.closeEnded();
    if (this.#proxies.retiredRoots === 0) this.#clusters.closeRetired(this.#generations.oldest);
    if (this.#state === "DRAINING") return;
    if (this.#clusters.retired === 0 && this.#proxies.ending === 0) return;
    this.#tidying = setTimeout(() => this.#tidyUp(), TIDY_MS);
    this.#tidying.unref();
  }

  #proxyOptions(): Omit<Parameters<typeof Proxy.create>[0], "plugins" | "routes"> {
    const { bufferLimit, routeTimeoutMs, useRemoteAddress, skipXffAppend, levels, onLog } =
      this.#options;
    return {
      clusters: [],
      findCluster: (name) => this.#clusters.find(name),
      bufferLimit,
      routeTimeoutMs,
      useRemoteAddress,
      skipXffAppend,
      logLevel: proxyLevel(levels),
      onLog: (line) => onLog(envoyLevel(line), line.text, line.time),
      stats: this.#stats,
      sharedData: this.#sharedData,
    };
  }

  #node(listenerMetadata: { readonly [apiId: string]: { readonly context: string } }) {
    const { name, bufferLimit, env } = this.#options;
    const limit = { FLEX_DOWNSTREAM_CONNECTION_BUFFER_LIMIT_BYTES: String(bufferLimit) };
    const flexEnv = { ...Object.fromEntries(env), ...limit };
    return { id: name, metadata: { flex_env: flexEnv }, listenerMetadata };
  }

  #allStats(): Stat[] {
    const total = new ListenerStats();
    for (const [, { listener }] of this.#listeners) total.add(listener.stats);
    const clusters = [...this.#clusters].flatMap(({ name, stats }) => clusterStats(name, stats));
    return [
      ...filterStats(this.#stats),
      ...listenerStats(total),
      ...clusters,
      ...serverStats(this.#startedAt, this.#state === "LIVE"),
    ];
  }

  #dump(): unknown {
    return flexDump({
      plans: this.#plans,
      urls: new Map([...this.#listeners].map(([key, { url }]) => [key, url])),
      clusters: this.#clusters,
      bufferLimit: this.#options.bufferLimit,
      refused: this.#refused,
      draining: {
        apis: this.#proxies.ending,
        root_contexts: this.#proxies.retiredRoots,
        clusters: this.#clusters.retired,
      },
    });
  }

  #serverInfo(): Record<string, unknown> {
    const uptime = `${Math.floor((Date.now() - this.#startedAt) / 1000)}s`;
    const version = `host-sim/node ${process.version}`;
    const flex_version = this.#options.flexVersion;
    return { version, flex_version, state: this.#state, uptime_current_epoch: uptime };
  }
}
