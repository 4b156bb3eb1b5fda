/** How does a scenario run on the simulator? In this process, with its real listener and real sockets. */
import { readFileSync } from "node:fs";
import type { Cluster } from "../../../host-sim/src/envoy/http.ts";
import type { PluginOptions } from "../../../host-sim/src/envoy/plugin.ts";
import { Proxy } from "../../../host-sim/src/envoy/proxy.ts";
import { readRoutePolicies } from "../../../host-sim/src/envoy/router/read-route-policies.ts";
import { HttpCluster } from "../../../host-sim/src/gateway/http-cluster.ts";
import { Listener } from "../../../host-sim/src/gateway/listener.ts";
import { clusterWithoutHosts } from "../../../host-sim/src/gateway/no-hosts.ts";
import { configText } from "../gateway-options.ts";
import type {
  ClusterOptions,
  Engine,
  FilterOptions,
  GatewayOptions,
  LogLine,
  RunningGateway,
} from "../gateway-options.ts";
import { sumOfMetrics } from "../stats.ts";

const UPSTREAM = "upstream";
const DRAIN_MS = 0;

export const hostSimEngine: Engine = {
  name: "host-sim",
  missing: {
    http2: "the simulator's listener speaks HTTP/1.1 alone",
    workers: "the simulator serves with one thread",
    "own process":
      "the simulator shares its process with the test, so that its memory can't be told",
  },
  start: startGateway,
};

export interface SimulatedGateway extends RunningGateway {
  /** Streams, calls and requests to clusters that have not ended: `name count`. */
  alive(): string[];
}

export async function startGateway(options: GatewayOptions): Promise<SimulatedGateway> {
  const lines: LogLine[] = [];
  const clusters = await clustersOf(options);
  let crash: Error | undefined;
  const proxy = await Proxy.create({
    plugins: options.filters.map(pluginOf),
    clusters,
    routes: UPSTREAM,
    routeTimeoutMs: 30_000,
    ...(options.route && { routePolicies: readRoutePolicies(options.route) }),
    ...(options.clientAddress ?? { useRemoteAddress: true, skipXffAppend: true }),
    ...(options.bufferLimit !== undefined && { bufferLimit: options.bufferLimit }),
    logLevel: "debug",
    onLog: (line) => lines.push({ level: envoyLevel(line.level), text: line.message }),
    node: { id: "test-gateway", cluster: "test", listenerMetadata: listenerMetadata(options) },
    onCrash: (error) => {
      crash = error;
      void listener.drain(DRAIN_MS);
    },
  });
  const listener: Listener = new Listener({
    host: "127.0.0.1",
    port: 0,
    acceptHttp10: true,
    ...(options.headLimits && {
      maxHeaders: options.headLimits.fields,
      maxHeadKilobytes: options.headLimits.kilobytes,
    }),
    createStream: (callbacks, connection) => proxy.newStream(callbacks, connection),
  });
  const { port } = await listener.listen();
  const stats = (): Promise<Map<string, number>> => Promise.resolve(countsOf(proxy));
  return {
    host: "127.0.0.1",
    port,
    logs: () => lines,
    stats,
    metric: async (part) => sumOfMetrics(await stats(), part),
    activeRequests: () => Promise.resolve(listener.stats.downstream_rq_active),
    reconfigure: (filters) => Promise.resolve(replace(proxy, filters)),
    residentBytes: () => process.memoryUsage().rss,
    alive: () => alive(proxy, clusters),
    async stop() {
      await listener.drain(DRAIN_MS);
      await proxy.close();
      // What kills Envoy's process fails the test, whatever its clients have seen.
      if (crash !== undefined) throw crash;
    },
  };
}

function pluginOf(filter: FilterOptions): PluginOptions {
  return {
    wasm: readFileSync(filter.wasm),
    wasmName: filter.wasm,
    name: filter.name,
    rootId: filter.rootId,
    vmId: filter.vmId,
    vmConfig: Buffer.from(filter.vmConfig ?? ""),
    config: Buffer.from(configText(filter.config)),
    failurePolicy: "FAIL_CLOSED",
    allowOnHeadersStopIteration: filter.allowOnHeadersStopIteration ?? false,
    environment: new Map(),
  };
}

async function clustersOf(options: GatewayOptions): Promise<Cluster[]> {
  const all = { [UPSTREAM]: options.upstream, ...options.clusters };
  return Promise.all(Object.entries(all).map(([name, cluster]) => clusterOf(name, cluster)));
}

async function clusterOf(name: string, options: ClusterOptions): Promise<Cluster> {
  if (options.empty) return clusterWithoutHosts(name);
  const [url = "", ...furtherUrls] = [options.url, ...(options.furtherUrls ?? [])].map((each) =>
    clusterUrl(each, options),
  );
  // As many as the Envoy of these tests allows, unless the scenario is about that.
  const maxRequests = options.maxRequests ?? 100_000;
  return HttpCluster.create({ name, url, furtherUrls, insecure: true, maxRequests });
}

function clusterUrl(url: string, { tls, http2 }: ClusterOptions): string {
  const secure = tls ? url.replace(/^http:/, "https:") : url;
  return http2 ? secure.replace(/^https:/, "h2s:").replace(/^http:/, "h2:") : secure;
}

function listenerMetadata({
  listenerContext,
}: GatewayOptions): Record<string, { context: string }> {
  if (listenerContext === undefined) return {};
  return { [listenerContext.apiId]: { context: JSON.stringify(listenerContext.context) } };
}

function replace(proxy: Proxy, filters: readonly FilterOptions[]): string | undefined {
  try {
    for (const { name, config } of filters)
      proxy.reconfigure(Buffer.from(configText(config)), name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function alive(proxy: Proxy, clusters: readonly Cluster[]): string[] {
  const { streams, pendingCalls, grpcStreams, drainingRoots } = proxy.contexts;
  const counts = { streams, pendingCalls, grpcStreams, drainingRoots };
  const requests = clusters.map((each): [string, number] => [
    `cluster.${each.name}.upstream_rq_active`,
    each instanceof HttpCluster ? each.stats.upstream_rq_active : 0,
  ]);
  const all = [...Object.entries(counts), ...requests];
  return all.flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]));
}

/** Envoy calls the level `warning`. */
const envoyLevel = (level: string): string => (level === "warn" ? "warning" : level);

function countsOf(proxy: Proxy): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, metric] of proxy.stats) {
    if (metric.type !== "histogram") counts.set(name, Number(metric.value));
  }
  return counts;
}
