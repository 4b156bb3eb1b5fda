/** Is each parameter read as it was meant, and a configuration that is not right refused by one line that says why? */
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
  parse_responses: "true",
  response_body_limit: "4096",
  verbose_logging: "false",
  request_body_limit: "1048576",
  request_body_overflow: "inspect",
  node_timeout_ms: "1000",
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
  ...["inspect", "pass", "block"].map((value) => ["request_body_overflow", value] as const),
  ...["connector", "ext_proc", "auto"].map((value) => ["node_protocol", value] as const),
  ...["auto", "on", "off"].map((value) => ["header_holding", value] as const),
  ...[true, false].map((value) => ["parse_responses", value] as const),
  ...[true, false].map((value) => ["verbose_logging", value] as const),
  ...[0, 1, 2147483646, 2147483647].map((value) => ["response_body_limit", value] as const),
  ...[0, 1, 2147483646, 2147483647].map((value) => ["request_body_limit", value] as const),
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

const URL_ALLOWED =
  "a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query";
const BYTES = "an integer from 0 to 2147483647 (bytes)";
const ALLOWED: Values = {
  wallarm_node: URL_ALLOWED,
  real_ip_header: "the name of a header, like X-Forwarded-For",
  real_host_header: "the name of a header, like X-Forwarded-For",
  wallarm_mode: "sync, async",
  fallback_action: "pass, block",
  parse_responses: "true, false",
  response_body_limit: BYTES,
  verbose_logging: "true, false",
  request_body_limit: BYTES,
  request_body_overflow: "inspect, pass, block",
  node_timeout_ms: "an integer from 1 to 60000 (milliseconds)",
  node_retries: "an integer from 0 to 3 (times)",
  additional_nodes: "an array of strings",
  breaker_failures: "an integer from 0 to 2147483647 (0: off)",
  node_protocol: "connector, ext_proc, auto",
  block_status: "an integer from 400 to 599 (HTTP status)",
  block_body: "a string",
  trusted_hops: "an integer from 0 to 100 (proxies)",
  header_holding: "auto, on, off",
  wallarm_cluster: "a string",
};
const kinds: readonly (readonly [json: string, shown: string])[] = [
  ["[]", "an array"],
  ["{}", "an object"],
  ['[["sync"]]', "an array"],
];
const oddFor = (key: string): readonly (readonly [json: string, shown: string])[] => {
  if (key === "additional_nodes")
    return [
      ["{}", "an object"],
      ["0", "0"],
      ['"http://a"', '"http://a"'],
    ];
  if (/limit|timeout|status|hops|retries|failures/.test(key)) {
    return [
      ...kinds,
      ...["-1", "1.5", "1.0", "1e3", "2147483648", "4294967296", "18446744073709551616"].map(
        (number) => [number, number] as const,
      ),
      ["-0.0", "-0.0"],
      ["1e400", "1e400"],
      ['"1"', '"1"'],
      ["true", "true"],
      [`1${"0".repeat(100)}`, `1${"0".repeat(79)}...`],
    ];
  }
  if (ALLOWED[key] === "true, false") {
    return [...kinds, ["0", "0"], ["1", "1"], ['"true"', '"true"'], ['""', '""']];
  }
  if (ALLOWED[key] === "a string") return [...kinds, ["0", "0"], ["false", "false"]];
  return [
    ...kinds,
    ["0", "0"],
    ["true", "true"],
    ['""', '""'],
    ['"\\u0000"', '"?"'],
    ['" sync"', '" sync"'],
    ['"a\\nb"', '"a?b"'],
    ['"\\ud800é"', '"??"'],
    [JSON.stringify("x ".repeat(500)), `"${"x ".repeat(40)}..."`],
  ];
};
const more: readonly (readonly [key: string, json: string, shown: string])[] = [
  ["node_timeout_ms", "0", "0"],
  ["node_timeout_ms", "60001", "60001"],
  ["block_status", "399", "399"],
  ["block_status", "600", "600"],
  ["block_status", "0", "0"],
  ["trusted_hops", "101", "101"],
  ["wallarm_mode", '"SYNC"', '"SYNC"'],
  ["fallback_action", '"Pass"', '"Pass"'],
  ["real_ip_header", '"X Real"', '"X Real"'],
  ["real_ip_header", '"X:"', '"X:"'],
  ["real_host_header", '":authority"', '":authority"'],
  ["real_ip_header", JSON.stringify("x".repeat(129)), `"${"x".repeat(80)}..."`],
];
const wrongValues = [
  ...KEYS.flatMap((key) => oddFor(key).map(([json, shown]) => [key, json, shown] as const)),
  ...more,
];

const NODES: readonly (readonly [
  wallarm_node: string,
  item: unknown,
  shown: string,
  allowed: string,
])[] = [
  [NODE, "ftp://a", '"ftp://a"', URL_ALLOWED],
  [NODE, "http://user:secret@a", '"http://***@a"', URL_ALLOWED],
  [NODE, "", '""', URL_ALLOWED],
  [NODE, 7, "7", URL_ALLOWED],
  [NODE, null, "null", URL_ALLOWED],
  [NODE, ["http://a"], "an array", URL_ALLOWED],
  [NODE, "h2://a", '"h2://a"', "all h2, or none"],
  ["h2://node", "https://a", '"https://a"', "all h2, or none"],
];

describe("a configuration that is wrong", () => {
  it.each(NODES)("with %s and additional node %j is refused", (node, item, shown, allowed) => {
    const first = node === NODE ? "http://first" : "h2://first";
    const config = { wallarm_node: node, additional_nodes: [first, item, "h3://x"] };
    expect(error(JSON.stringify(config))).toBe(
      `additional_nodes[1]: ${shown} is not allowed; allowed: ${allowed}`,
    );
  });

  it("but nodes of any scheme may stand together where the protocol is chosen", () => {
    const config = { node_protocol: "ext_proc", additional_nodes: ["h2://a", "https://b"] };
    expect(read(config).additional_nodes).toBe("h2://a,https://b");
  });

  it.each(wrongValues)("with %s %s is refused", (key, json, shown) => {
    const node = key === "wallarm_node" ? "" : `"wallarm_node":"${NODE}",`;
    expect(error(`{${node}"${key}":${json}}`)).toBe(
      `${key}: ${shown} is not allowed; allowed: ${ALLOWED[key]}`,
    );
    expect(sdk.text("configValues")).toBeNull();
  });

  it.each(KEYS)("is refused where %s stands twice", (key) => {
    expect(error(`{"wallarm_node":"${NODE}","${key}":1,"${key}":2}`)).toBe(
      `${key}: stands in the configuration twice; allowed: once`,
    );
  });

  it("is refused where an unknown key of any length stands twice", () => {
    const long = "k".repeat(10_000);
    expect(error(`{"wallarm_node":"${NODE}","${long}":1,"${long}":2}`)).toBe(
      `${"k".repeat(80)}...: stands in the configuration twice; allowed: once`,
    );
  });

  it.each([
    ["", "the text ends too early at byte 0"],
    [" ", "the text ends too early at byte 1"],
    ["{", "expected a key in double quotes at byte 1"],
    ['{"a"}', "expected ':' after the key at byte 4"],
    ['{"a":}', "expected a value at byte 5"],
    ['{"a":1,}', "expected a key in double quotes at byte 7"],
    ["{'a':1}", "expected a key in double quotes at byte 1"],
    ["wallarm_node: http://node", "expected a value at byte 0"],
    ["\uFEFF{}", "expected a value at byte 0"],
    ["\u0000", "expected a value at byte 0"],
    ["{}\u0000", "text after the end of the value at byte 2"],
    ['{"a":"\u0001"}', "a control character must be escaped at byte 6"],
    ['{"a":NaN}', "expected a value at byte 5"],
    ['{"a":01}', "malformed number at byte 6"],
    ["// x\n{}", "expected a value at byte 0"],
    ["[".repeat(17), "nested deeper than 16 at byte 16"],
    [`{"a":${"[".repeat(100_000)}`, "nested deeper than 16 at byte 20"],
  ])("that is not JSON, %j, is refused with the place", (text, why) => {
    expect(error(text)).toBe(`configuration is not JSON: ${why}`);
  });

  it.each([
    ["[]", "an array"],
    ["null", "null"],
    ["1", "1"],
    ['"x"', '"x"'],
    ["true", "true"],
    [JSON.stringify("y".repeat(10_000)), `"${"y".repeat(80)}..."`],
  ])("that is no object, %s, is refused", (text, shown) => {
    expect(error(text)).toBe(`configuration is ${shown}; allowed: a JSON object`);
  });

  it("is refused without a node, and where the node is null", () => {
    for (const text of ["{}", '{"wallarm_node":null}', '{"wallarm_nod":"http://a"}']) {
      expect(error(text)).toBe(`wallarm_node: is missing; allowed: ${URL_ALLOWED}`);
    }
  });

  it.each([
    ["http://user:pass-1@node", "http://***@node"],
    ["user:pass-1@http://node", "***@http://node"],
    ["user:pass-1@node", "***@node"],
    ["ftp://pass-1@a@b/c", "ftp://***@b/c"],
  ])("does not show the password in the node's URL %s", (url, shown) => {
    expect(error(JSON.stringify({ wallarm_node: url }))).toBe(
      `wallarm_node: "${shown}" is not allowed; allowed: ${URL_ALLOWED}`,
    );
  });

  it("that is not UTF-8 is refused by its value, not taken for another text", () => {
    const text = Buffer.from(`{"wallarm_node":"${NODE}","wallarm_mode":"\xffsync"}`, "latin1");
    expect(error(text)).toBe('wallarm_mode: "?sync" is not allowed; allowed: sync, async');
  });

  it("says only what is wrong first", () => {
    expect(error('{"wallarm_mode":1,"fallback_action":2}')).toMatch(/^wallarm_node: is missing/);
    expect(error(`{"fallback_action":2,"wallarm_mode":1,"wallarm_node":"${NODE}"}`)).toMatch(
      /^wallarm_mode: 1 /,
    );
  });
});
