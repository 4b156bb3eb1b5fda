/** Is each parameter read as it was meant? */
import { beforeAll, describe, expect, it } from "vitest";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const NODE = "http://node:5050";
type Values = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;

const error = (json: string | Uint8Array): string => sdk.text("configError", Buffer.from(json))!;
/** The parameters as texts, of a configuration with a node. */
function read(config: Json): Values {
  expect(error(JSON.stringify({ wallarm_node: NODE, ...config }))).toBe("");
  const lines = sdk.text("configValues")!.split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as Values;
}

const DEFAULTS: Values = {
  wallarm_node: NODE,
  real_ip_header: "x-forwarded-for",
  real_host_header: ":authority",
  wallarm_mode: "sync",
  fallback_action: "pass",
  unjudged_action: "block",
  parse_responses: "true",
  response_body_limit: "4096",
  verbose_logging: "false",
  request_body_limit: "1048576",
  request_body_overflow: "inspect",
  request_hold_limit: "8388608",
  held_memory_limit: "67108864",
  node_timeout_ms: "2000",
  node_retries: "1",
  additional_nodes: "",
  breaker_failures: "5",
  node_protocol: "auto",
  block_status: "403",
  block_body: "",
  trusted_hops: "0",
  header_holding: "auto",
  wallarm_cluster: "",
};
const KEYS = Object.keys(DEFAULTS);

const RIGHT: readonly (readonly [key: string, value: unknown])[] = [
  ...["sync", "async"].map((value) => ["wallarm_mode", value] as const),
  ...["pass", "block"].map((value) => ["fallback_action", value] as const),
  ...["pass", "block"].map((value) => ["unjudged_action", value] as const),
  ...["inspect", "pass", "block"].map((value) => ["request_body_overflow", value] as const),
  ...["connector", "ext_proc", "auto"].map((value) => ["node_protocol", value] as const),
  ...["auto", "on", "off"].map((value) => ["header_holding", value] as const),
  ...[true, false].map((value) => ["parse_responses", value] as const),
  ...[true, false].map((value) => ["verbose_logging", value] as const),
  ...[0, 1, 2147483646, 2147483647].map((value) => ["response_body_limit", value] as const),
  ...[0, 1, 2147483646, 2147483647].map((value) => ["request_body_limit", value] as const),
  ...[0, 1, 2147483646, 2147483647].map((value) => ["request_hold_limit", value] as const),
  ...[1048576, 1048577, 2147483647].map((value) => ["held_memory_limit", value] as const),
  ...[1, 2, 59999, 60000].map((value) => ["node_timeout_ms", value] as const),
  ...[400, 401, 598, 599].map((value) => ["block_status", value] as const),
  ...["", "<h1>${request_id}</h1>", "ünï", "${", "a=b"].map(
    (value) => ["block_body", value] as const,
  ),
  ...[0, 1, 99, 100].map((value) => ["trusted_hops", value] as const),
  ...[0, 1, 2, 3].map((value) => ["node_retries", value] as const),
  ...[0, 1, 2147483647].map((value) => ["breaker_failures", value] as const),
  ["additional_nodes", []],
  ["additional_nodes", ["https://10.0.0.2/p", "http://node:5051"]],
  ...["", "my.cluster", "ünï"].map((value) => ["wallarm_cluster", value] as const),
  ["real_ip_header", "x-real-ip"],
  ["real_host_header", "x-original-host"],
  ["wallarm_node", "https://10.0.0.1/p"],
  ["wallarm_node", "h2://10.0.0.1:5080"],
];

describe("a configuration that is right", () => {
  it("has the defaults for what it leaves out", () => {
    expect(read({})).toEqual(DEFAULTS);
    expect(sdk.text("configWarnings")).toBe("");
  });

  it("has the defaults for null, as forms send it for an empty field", () => {
    const others = KEYS.filter((key) => key !== "wallarm_node").map((key) => [key, null]);
    expect(read(Object.fromEntries(others) as Json)).toEqual(DEFAULTS);
  });

  it.each(RIGHT)("takes %s %j, and changes nothing else", (key, value) => {
    expect(read({ [key]: value })).toEqual({ ...DEFAULTS, [key]: String(value) });
  });

  it.each([
    ["real_ip_header", "X-Real-IP", "x-real-ip"],
    ["real_host_header", "host", ":authority"],
    ["real_ip_header", "x".repeat(128), "x".repeat(128)],
  ])("reads %s %j as %s", (key, value, meant) => {
    expect(read({ [key]: value })[key]).toBe(meant);
  });

  it("may have nodes of any scheme side by side where the protocol is chosen", () => {
    const config = { node_protocol: "ext_proc", additional_nodes: ["h2://a", "https://b"] };
    expect(read(config).additional_nodes).toBe("h2://a,https://b");
  });

  it("may be written in any way that JSON allows", () => {
    const text = ' \r\n{"\\u0077allarm_node" :\t"http:\\/\\/node", "node_timeout_ms":\n7 } \t';
    expect(error(text)).toBe("");
    expect(sdk.text("configValues")).toContain("wallarm_node=http://node\n");
    expect(sdk.text("configValues")).toContain("node_timeout_ms=7\n");
  });

  it("is warned of each key that it has no parameter for, up to 20", () => {
    read({ wallarm_mood: "sync", "\u001b[31m": 1, Wallarm_node: "x", ["k".repeat(200)]: {} });
    expect(sdk.text("configWarnings")!.split("\n")).toEqual([
      "configuration: wallarm_mood is no parameter of this policy and is ignored",
      "configuration: ?[31m is no parameter of this policy and is ignored",
      "configuration: Wallarm_node is no parameter of this policy and is ignored",
      `configuration: ${"k".repeat(80)}... is no parameter of this policy and is ignored`,
    ]);
    read(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i])));
    expect(sdk.text("configWarnings")!.split("\n")).toHaveLength(20);
  });
});

describe("a request_body_limit that few would want", () => {
  const warned = (config: Json): string => {
    read(config);
    return sdk.text("configWarnings")!;
  };

  it.each([
    [0, "request_body_limit: 0: no body is judged"],
    [1, "request_body_limit: 1: so few bytes cost a call to the node each time"],
    [1023, "request_body_limit: 1023: so few bytes cost a call to the node each time"],
  ])("is warned of: %i", (request_body_limit, line) => {
    expect(warned({ request_body_limit })).toBe(line);
  });

  it.each([1024, 1048576])("is not warned of at %i", (request_body_limit) => {
    expect(warned({ request_body_limit })).toBe("");
  });

  it.each(["pass", "block"])("is meant so with request_body_overflow %s", (overflow) => {
    expect(warned({ request_body_limit: 1, request_body_overflow: overflow })).toBe("");
  });
});
