/** Is a bad configuration refused as a whole, with one line that names the key, its value and what is allowed? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";

const node = "http://127.0.0.1:5050";
const url = (wallarm_node: unknown, shown: string): [unknown, string] => [
  { wallarm_node },
  `wallarm_node: ${shown} is not allowed; allowed: a URL like`,
];
const param = (key: string, value: unknown, shown: string, allowed: string): [unknown, string] => [
  { wallarm_node: node, [key]: value },
  `${key}: ${shown} is not allowed; allowed: ${allowed}`,
];

const BYTES = "an integer from 0 to 2147483647 (bytes)";
const MILLISECONDS = "an integer from 1 to 60000 (milliseconds)";
const STATUS = "an integer from 400 to 599 (HTTP status)";
const HOPS = "an integer from 0 to 100 (proxies)";
const HEADER = "the name of a header, like X-Forwarded-For";

/** Each configuration with the beginning of its line. */
const BAD: readonly [unknown, string][] = [
  ["", "configuration is not JSON: "],
  ["{", "configuration is not JSON: "],
  ['{"wallarm_node":"http://a"} x', "configuration is not JSON: "],
  ["\u0000\u0001", "configuration is not JSON: "],
  [`${"[".repeat(100_000)}`, "configuration is not JSON: "],
  ["[]", "configuration is an array; allowed: a JSON object"],
  ["null", "configuration is null; allowed: a JSON object"],
  ['"x"', 'configuration is "x"; allowed: a JSON object'],
  [
    `{"wallarm_node":"${node}","wallarm_node":"http://other"}`,
    "wallarm_node: stands in the configuration twice; allowed: once",
  ],
  [{}, "wallarm_node: is missing; allowed: a URL like"],
  [{ wallarm_node: null }, "wallarm_node: is missing; allowed: a URL like"],
  url("", '""'),
  url(5050, "5050"),
  url("127.0.0.1:5050", '"127.0.0.1:5050"'),
  url("ftp://127.0.0.1", '"ftp://127.0.0.1"'),
  url("http://", '"http://"'),
  url("http://user:secret@127.0.0.1", '"http://***@127.0.0.1"'),
  url("http://127.0.0.1:0", '"http://127.0.0.1:0"'),
  url("http://127.0.0.1:65536", '"http://127.0.0.1:65536"'),
  url("http://127.0.0.1/?a=b", '"http://127.0.0.1/?a=b"'),
  url("http://127.0.0.1/a b", '"http://127.0.0.1/a b"'),
  url("http://127.0.0.1/\r\nx: y", '"http://127.0.0.1/??x: y"'),
  param("wallarm_mode", "Sync", '"Sync"', "sync, async"),
  param("wallarm_mode", true, "true", "sync, async"),
  param("fallback_action", "allow", '"allow"', "pass, block"),
  param("fallback_action", 0, "0", "pass, block"),
  param("parse_responses", "yes", '"yes"', "true, false"),
  param("parse_responses", 1, "1", "true, false"),
  param("verbose_logging", "false", '"false"', "true, false"),
  param("response_body_limit", -1, "-1", BYTES),
  param("response_body_limit", "4096", '"4096"', BYTES),
  param("response_body_limit", 1.5, "1.5", BYTES),
  param("request_body_limit", 2_147_483_648, "2147483648", BYTES),
  param("request_body_limit", {}, "an object", BYTES),
  param("request_body_limit", [1], "an array", BYTES),
  param("request_body_overflow", "drop", '"drop"', "inspect, pass, block"),
  param("node_timeout_ms", 0, "0", MILLISECONDS),
  param("node_timeout_ms", 60_001, "60001", MILLISECONDS),
  param("node_timeout_ms", "1s", '"1s"', MILLISECONDS),
  param("node_retries", 4, "4", "an integer from 0 to 3 (times)"),
  param("breaker_failures", -1, "-1", "an integer from 0 to 2147483647 (0: off)"),
  param("additional_nodes", "http://a", '"http://a"', "an array of strings"),
  param("real_ip_header", "", '""', HEADER),
  param("real_ip_header", "X Real IP", '"X Real IP"', HEADER),
  param("real_ip_header", ["X-Real-IP"], "an array", HEADER),
  param("real_host_header", "Host:", '"Host:"', HEADER),
  param("real_host_header", 1, "1", HEADER),
  param("header_holding", "yes", '"yes"', "auto, on, off"),
  param("header_holding", false, "false", "auto, on, off"),
  param("block_status", 200, "200", STATUS),
  param("block_status", 600, "600", STATUS),
  param("block_status", "403", '"403"', STATUS),
  param("block_body", { html: "x" }, "an object", "a string"),
  param("trusted_hops", -1, "-1", HOPS),
  param("trusted_hops", 101, "101", HOPS),
  param("trusted_hops", true, "true", HOPS),
  param("wallarm_cluster", 1, "1", "a string"),
  param("wallarm_mode", "x".repeat(1000), `"${"x".repeat(80)}..."`, "sync, async"),
];

describeEngines("a bad configuration", {}, (scene) => {
  const errors = (): string[] => scene.logged("configuration refused: ");

  test.each(BAD)("%j is refused", async (config, line) => {
    const before = errors().length;
    const refusal = await scene.gateway.reconfigure([{ ...scene.filter(), config }]);
    expect(refusal).toBeDefined();
    await eventually("the error line", () => errors().length > before);
    const written = new Set(errors().slice(before));
    expect(written.size).toBe(1);
    const [text] = [...written];
    expect(text).toContain(`[policy: wallarm.default][api: 4711] configuration refused: ${line}`);
    expect(text!.length).toBeLessThan(400);
    // What served before still serves.
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});

/** Each value of a parameter that is allowed. */
const GOOD: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { wallarm_mode: "sync" },
  { wallarm_mode: "async" },
  { fallback_action: "pass" },
  { fallback_action: "block" },
  { parse_responses: true },
  { parse_responses: false },
  { verbose_logging: true },
  { verbose_logging: false },
  { response_body_limit: 0 },
  { response_body_limit: 2_147_483_647 },
  { request_body_limit: 0 },
  { request_body_limit: 1 },
  { request_body_limit: 2_147_483_647 },
  { request_body_overflow: "inspect" },
  { request_body_overflow: "pass" },
  { request_body_overflow: "block" },
  { node_timeout_ms: 1, fallback_action: "pass", unjudged_action: "pass" },
  { node_timeout_ms: 60_000 },
  { node_timeout_ms: 1e3 },
  { node_retries: 3, breaker_failures: 0, additional_nodes: [] },
  { header_holding: "auto" },
  { header_holding: "on" },
  { header_holding: "off" },
  { real_ip_header: "X-Real-IP", real_host_header: "x-forwarded-host" },
  { real_ip_header: "`odd|but~legal!#$%&'*+.^_" },
  { block_status: 400 },
  { block_status: 599 },
  { block_body: "" },
  { block_body: "no: ${request_id}" },
  { trusted_hops: 0 },
  { trusted_hops: 100 },
  { wallarm_cluster: "" },
  { wallarm_mode: null, fallback_action: null, response_body_limit: null },
];

describeEngines("a good configuration", {}, (scene) => {
  test.each(GOOD)("%j is taken, and a request with a body is served", async (config) => {
    expect(await scene.gateway.reconfigure([scene.filter(config)])).toBeUndefined();
    const answer = await request(scene.gateway, { path: scene.path(), method: "POST", body: "x" });
    // With request_body_overflow block a body over the limit is refused, by the limit alone.
    expect(answer.status).toBe(200);
  });

  test("with an unknown key is taken, with a warning that names it", async () => {
    const config = { wallarm_mood: "sync", node_timeout_ms: 1001 };
    expect(await scene.gateway.reconfigure([scene.filter(config)])).toBeUndefined();
    const warned = await eventually("the warning", () => {
      const lines = scene.gateway.logs().filter((line) => line.text.includes("wallarm_mood"));
      return lines.length > 0 ? lines : undefined;
    });
    expect(new Set(warned.map((line) => line.level))).toEqual(new Set(["warning"]));
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});
