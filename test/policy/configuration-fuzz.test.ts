/** Can any text, from nearly right to noise, make the policy trap, log without bound, or take half a configuration? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const NODE = "http://node:5050";
const KEYS = [
  ...["wallarm_node", "real_ip_header", "real_host_header", "wallarm_mode", "fallback_action"],
  ...["parse_responses", "response_body_limit", "verbose_logging", "request_body_limit"],
  ...["request_body_overflow", "node_timeout_ms", "header_holding", "wallarm_cluster"],
  ...["node_retries", "additional_nodes", "breaker_failures"],
];
const error = (json: string | Uint8Array): string => sdk.text("configError", Buffer.from(json))!;

describe("any configuration", () => {
  const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: "binary", maxLength: 20 }));
  const value = fc.oneof(
    fc.constantFrom<unknown>(NODE, "sync", "async", "pass", "block", "auto", true, false, null),
    fc.constantFrom<unknown>(["http://a"], ["http://b", "http://b"], [1], []),
    fc.constantFrom<unknown>(0, -1, 1, 4096, 60001, 2 ** 31, 1e300, 0.5, -0),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const text = fc
    .array(fc.tuple(key, value), { maxLength: 8 })
    .map((entries) =>
      entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join(","),
    )
    .map((inside) => `{"wallarm_node":"${NODE}",${inside}}`);
  const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(255), fc.nat(3)), { maxLength: 3 });

  it("is taken or refused with one bounded, printable line, and never traps", () => {
    let taken = 0;
    fc.assert(
      fc.property(text, edits, (json, changes) => {
        const bytes = [...Buffer.from(json)];
        for (const [at, byte, kind] of changes) {
          if (kind === 0) bytes.splice(at, 1);
          else bytes.splice(Math.min(at, bytes.length), kind - 1, byte);
        }
        const line = error(Uint8Array.from(bytes));
        if (line === "") taken++;
        expect(line).toMatch(/^[\x20-\x7e]{0,400}$/);
        expect(sdk.text("configValues") === null).toBe(line !== "");
        expect(sdk.text("configWarnings")!.length).toBeLessThan(4000);
      }),
      { numRuns: 5_000, seed: 20261122 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it("of a megabyte is read", () => {
    const long = "v".repeat(1024 * 1024);
    expect(error(`{"wallarm_node":"${NODE}","x":"${long}"}`)).toBe("");
    expect(error(`{"wallarm_node":"http://${long}"}`).length).toBeLessThan(400);
    expect(error(" ".repeat(1024 * 1024))).toMatch(/ends too early at byte 1048576$/);
  });
});
