/** Do the admin pages read as Envoy's? Each without a gateway, from given statistics. */
import { describe, expect, test } from "vitest";
import { adminPages, type AdminSource } from "../../host-sim/src/gateway/admin/admin-pages.ts";
import { LoggerLevels } from "../../host-sim/src/gateway/admin/logger-levels.ts";
import type { Stat } from "../../host-sim/src/gateway/admin/stat.ts";

const STATS: Stat[] = [
  { name: "wasmcustom.b.hits", type: "counter", value: 18446744073709551615n, used: true },
  {
    name: "cluster.up.upstream_rq_total",
    tagged: { name: "cluster.upstream_rq_total", tags: { envoy_cluster_name: 'u"p' } },
    type: "counter",
    value: 0,
    used: false,
  },
  {
    name: "wasmcustom.empty",
    type: "histogram",
    histogram: { count: 0, sum: 0, sorted: [] },
    used: false,
  },
  {
    name: "wasmcustom.time",
    type: "histogram",
    histogram: { count: 3, sum: 33, sorted: [1, 2, 30] },
    used: true,
  },
];

function pages(state: "LIVE" | "DRAINING" = "LIVE"): {
  get: (path: string, method?: string) => Promise<[number, string]>;
  levels: LoggerLevels;
} {
  const levels = new LoggerLevels("info");
  const source: AdminSource = {
    levels,
    state: () => state,
    stats: () => STATS,
    configDump: () => ({ configs: [] }),
    serverInfo: () => ({ state }),
  };
  const app = adminPages(source);
  const get = async (path: string, method = "GET"): Promise<[number, string]> => {
    const answer = await app.request(path, { method });
    return [answer.status, await answer.text()];
  };
  return { get, levels };
}

describe("/ready", () => {
  test("is 200 LIVE, and 503 once the gateway drains", async () => {
    expect(await pages().get("/ready")).toEqual([200, "LIVE\n"]);
    expect(await pages("DRAINING").get("/ready")).toEqual([503, "DRAINING\n"]);
  });
});

describe("/stats", () => {
  test("has names in order, histograms last, and all digits of a counter", async () => {
    const [, text] = await pages().get("/stats");
    expect(text.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "cluster.up.upstream_rq_total:",
      "wasmcustom.b.hits:",
      "wasmcustom.empty:",
      "wasmcustom.time:",
      "",
    ]);
    expect(text).toContain("wasmcustom.b.hits: 18446744073709551615\n");
    expect(text).toContain("wasmcustom.empty: No recorded values\n");
    expect(text).toContain("P0(1,1) P25(1,1) P50(2,2) P75(30,30)");
  });

  test("filters by a regular expression, and by use", async () => {
    const { get } = pages();
    expect((await get("/stats?filter=rq_tot"))[1]).toBe("cluster.up.upstream_rq_total: 0\n");
    expect((await get("/stats?usedonly&filter=cluster"))[1]).toBe("");
    expect(await get("/stats?filter=("), "a bad expression").toEqual([400, "Invalid regex: ("]);
  });

  test("is told in JSON, too", async () => {
    const [, text] = await pages().get("/stats?format=json&filter=hits|time");
    const parsed = JSON.parse(text) as {
      stats: [{ name: string }, { histograms: { computed_quantiles: [] } }];
    };
    expect(parsed.stats[0].name).toBe("wasmcustom.b.hits");
    expect(parsed.stats[1].histograms.computed_quantiles).toHaveLength(1);
    expect((await pages().get("/stats?format=yaml"))[0]).toBe(400);
  });

  test("in Prometheus format prefixes the gateway's own, labels tags and adds up buckets", async () => {
    const [, text] = await pages().get("/stats/prometheus");
    expect(text).toContain('envoy_cluster_upstream_rq_total{envoy_cluster_name="u\\"p"} 0\n');
    expect(text).toContain("# TYPE b_hits counter\nb_hits{} 18446744073709551615\n");
    expect(text).toContain('time_bucket{le="1"} 1\ntime_bucket{le="5"} 2\n');
    expect(text).toContain('time_bucket{le="+Inf"} 3\ntime_sum{} 33\ntime_count{} 3\n');
  });
});

describe("/logging", () => {
  test("lists levels, and changes one, several, or all", async () => {
    const { get, levels } = pages();
    expect((await get("/logging"))[1]).toContain("  wasm: info\n");
    await get("/logging?wasm=debug", "POST");
    expect([levels.get("wasm"), levels.get("main")]).toEqual(["debug", "info"]);
    await get("/logging?paths=main:error,http:warn", "POST");
    expect([levels.get("main"), levels.get("http")]).toEqual(["error", "warning"]);
    await get("/logging?level=off", "POST");
    expect(levels.isEnabled("wasm", "critical")).toBe(false);
  });

  test.each([
    ["/logging?level=loud", "unknown logger level"],
    ["/logging?nobody=debug", "unknown logger name"],
    ["/logging?wasm=debug&main=debug", "one at a time"],
    ["/logging?paths=wasm:loud", "unknown logger level"],
  ])("refuses %s", async (path, reason) => {
    const [status, text] = await pages().get(path, "POST");
    expect(status).toBe(400);
    expect(text).toContain(`error: ${reason}`.replace("error: one", "one"));
  });

  test("changes nothing by GET", async () => {
    const { get, levels } = pages();
    expect((await get("/logging?wasm=debug"))[0]).toBe(405);
    expect(levels.get("wasm")).toBe("info");
  });
});

test("other paths are answered with the list of commands", async () => {
  const [status, text] = await pages().get("/nope");
  expect(status).toBe(404);
  expect(text).toContain("/stats/prometheus: print statistics");
});
