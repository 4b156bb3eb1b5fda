/** Which statistics does the gateway show? Those of the listener, of each cluster and of the server, under Envoy's names. */
import type { Stats } from "../../envoy/stats.ts";
import type { ClusterStats } from "../http-cluster.ts";
import type { ListenerStats } from "../listener-stats.ts";
import type { Stat } from "./stat.ts";

const PREFIX = "ingress_http";

export function listenerStats(stats: ListenerStats): Stat[] {
  return Object.entries(stats).map(([key, value]) => {
    const byClass = /^downstream_rq_([1-5])xx$/.exec(key);
    const tags = { envoy_http_conn_manager_prefix: PREFIX };
    const tagged =
      byClass === null
        ? { name: `http.${key}`, tags }
        : {
            name: "http.downstream_rq_xx",
            tags: { envoy_response_code_class: byClass[1]!, ...tags },
          };
    return plain(`http.${PREFIX}.${key}`, key, value as number, tagged);
  });
}

export function clusterStats(name: string, stats: ClusterStats): Stat[] {
  return Object.entries(stats).map(([key, value]) =>
    plain(`cluster.${name}.${key}`, key, value as number, {
      name: `cluster.${key}`,
      tags: { envoy_cluster_name: name },
    }),
  );
}

/** The metrics of the filters. */
export function filterStats(stats: Stats): Stat[] {
  return [...stats].map(([name, metric]): Stat => {
    if (metric.type !== "histogram") {
      const { type, value } = metric;
      return { name, type, value, used: value !== 0n };
    }
    const sorted = metric.values.map(Number).sort((a, b) => a - b);
    const sum = sorted.reduce((total, value) => total + value, 0);
    // Of very many values the metric keeps the last ones only: their mean stands for all.
    const scale = sorted.length === 0 ? 0 : metric.count / sorted.length;
    const histogram = { count: metric.count, sum: sum * scale, sorted };
    return { name, type: "histogram", histogram, used: metric.count > 0 };
  });
}

export function serverStats(startedAt: number, live: boolean): Stat[] {
  const gauge = (name: string, value: number): Stat => ({ name, type: "gauge", value, used: true });
  return [
    gauge("server.live", Number(live)),
    gauge("server.uptime", Math.floor((Date.now() - startedAt) / 1000)),
    gauge("server.memory_allocated", process.memoryUsage().heapUsed),
  ];
}

function plain(
  name: string,
  key: string,
  value: number,
  tagged: NonNullable<Stat["tagged"]>,
): Stat {
  const type = key.endsWith("_active") ? "gauge" : "counter";
  return { name, type, value, tagged, used: value > 0 };
}
