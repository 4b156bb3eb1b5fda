/** Does docs/metrics.md list exactly the metrics that the policy defines? */
import { expect, test } from "vitest";
import { read, tableOf } from "./markdown.ts";

const telemetry = read("assembly/telemetry.ts");
const counters = /const COUNTERS: StaticArray<string> = \[(.*?)\];/s.exec(telemetry)?.[1] ?? "";
const defined = [
  ...[...counters.matchAll(/"(\w+)"/g)].map(([, name]) => name!),
  ...[...telemetry.matchAll(/metric\(MetricType\.\w+, prefix \+ "(\w+)"\)/g)].map(
    ([, name]) => name!,
  ),
];

test("docs/metrics.md lists every metric, and no other", () => {
  const told = tableOf("docs/metrics.md", "metrics").map(([name = ""]) => /`(.*)`/.exec(name)?.[1]);
  expect(defined).toContain("nodes_up");
  expect(told.sort()).toEqual([...defined, "no_verdict.<reason>"].sort());
});

test("docs/metrics.md says of each which kind it is", () => {
  for (const [name = "", kind = ""] of tableOf("docs/metrics.md", "metrics")) {
    const bare = name.replaceAll("`", "");
    const other = new RegExp(`MetricType\\.(\\w+), prefix \\+ "${bare}"`).exec(telemetry)?.[1];
    expect(kind.split(",")[0], bare).toBe((other ?? "Counter").toLowerCase());
  }
});
