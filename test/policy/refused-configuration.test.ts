/** Is a configuration that is not right refused by one line that says which key, what value and what is allowed? */
import { beforeAll, describe, expect, it } from "vitest";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const NODE = "http://node:5050";
type Values = Readonly<Record<string, string>>;

const error = (json: string | Uint8Array): string => sdk.text("configError", Buffer.from(json))!;

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
const KEYS = Object.keys(ALLOWED);

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
