/** Do configurations have one fingerprint exactly where they mean the same? */
import { beforeAll, expect, it } from "vitest";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const NODE = { wallarm_node: "http://node:5050" };

function fingerprint(config: object | string): string {
  const json = typeof config === "string" ? config : JSON.stringify({ ...NODE, ...config });
  expect(sdk.text("configError", Buffer.from(json))).toBe("");
  return sdk.bytes("configFingerprint")!;
}

it("is the same for defaults, other orders, other spellings and keys that are ignored", () => {
  const plain = fingerprint({});
  expect(plain).toHaveLength(16);
  for (const config of [
    { fallback_action: "pass", block_status: 403, additional_nodes: [] },
    { block_body: null, unknown: 1 },
    { real_ip_header: "x-FORWARDED-for", real_host_header: "HOST" },
    '{ "block_status": 403, "wallarm_node": "http://node:5050" }',
  ]) {
    expect(fingerprint(config), JSON.stringify(config)).toBe(plain);
  }
});

it("differs where any parameter does", () => {
  const configs = [
    {},
    { wallarm_node: "http://node:5051" },
    { additional_nodes: ["http://a"] },
    { additional_nodes: ["http://a", "http://b"] },
    { additional_nodes: ["http://b", "http://a"] },
    { node_protocol: "connector" },
    { real_ip_header: "x" },
    { real_host_header: "x" },
    { wallarm_mode: "async" },
    { fallback_action: "block" },
    { parse_responses: false },
    { response_body_limit: 1 },
    { verbose_logging: true },
    { request_body_limit: 4097 },
    { request_body_overflow: "pass" },
    { request_body_overflow: "block" },
    { node_timeout_ms: 1 },
    { node_retries: 0 },
    { breaker_failures: 0 },
    { block_status: 400 },
    { block_body: "x" },
    { trusted_hops: 1 },
    { header_holding: "off" },
    { wallarm_cluster: "x" },
    { block_body: "x", wallarm_cluster: "x" },
  ];
  expect(new Set(configs.map(fingerprint)).size).toBe(configs.length);
});
