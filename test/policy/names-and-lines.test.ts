/** Does the operator see what happens, under the right names, safe to read, and never a flood? */
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});
beforeEach(() => {
  sdk.host.reset();
  sdk.host.answer("proxy_get_property", { status: 1 });
});

describe("the policy's identity", () => {
  it.each([
    ["wallarm.default.4711", "wallarm|default|4711|4711|[policy: wallarm.default][api: 4711]"],
    ["a.b.c.d.e", "a|b|c.d.e|c_d_e|[policy: a.b][api: c.d.e]"],
    ["a.b", "a|b||a|[policy: a.b]"],
    ["my-filter", "my-filter|NoPolicyNamespace||my-filter|[policy: my-filter]"],
    ["", "NoPolicyId|NoPolicyNamespace||NoPolicyId|[policy: NoPolicyId]"],
    [".", "NoPolicyId|NoPolicyNamespace||NoPolicyId|[policy: NoPolicyId]"],
    ["a.", "a|NoPolicyNamespace||a|[policy: a]"],
    ["a.b.", "a|b||a|[policy: a.b]"],
    ["a.b.c/d é:1", "a|b|c/d é:1|c_d___1|[policy: a.b][api: c/d é:1]"],
  ])("of the plugin name %j is %s", (name, parts) => {
    expect(sdk.text("identity", name)).toBe(parts);
  });

  it("has a metric's name that each metrics format takes, whatever the host says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (name) =>
        /\|[A-Za-z0-9_-]+\|\[policy: /.test(sdk.text("identity", name)!),
      ),
    );
  });

  it("has the version of package.json", () => {
    const file = new URL("../../package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    expect(sdk.text("version")).toBe(version);
  });
});

describe("the ids of requests", () => {
  it("are 32 hex digits and differ, also on a host without entropy", () => {
    sdk.host.answer("random_get", { status: 52 });
    sdk.host.answer("proxy_get_current_time_nanoseconds", {
      results: [1_795_376_400_000_000_000n],
    });
    const ids = sdk.text("newIds", 1000)!.split(",");
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(1000);
  });

  it("are the host's random bytes, asked for 64 ids at a time", () => {
    expect(sdk.text("newIds", 65)).toBe(Array(65).fill("ab".repeat(16)).join(","));
    expect(sdk.host.calls).toEqual([
      ["random_get", 1024],
      ["random_get", 1024],
    ]);
  });
});

describe("log lines", () => {
  const SECOND = 1_000_000_000n;
  const START = 1_795_376_400n * SECOND;
  const lines = (): string[] =>
    sdk.host.calls.filter(([name]) => name === "proxy_log").map(([, , line]) => String(line));
  beforeEach(() => {
    sdk.number("startTelemetry", "wallarm.default.4711");
    sdk.host.calls.length = 0;
  });

  it("about requests are at most 20 a second, and the number of the others is told", () => {
    for (let i = 0; i < 50; i++) sdk.number("requestLine", START + BigInt(i), `line ${i}`);
    expect(lines()).toHaveLength(20);
    expect(lines()[0]).toBe(
      "[policy: wallarm.default][api: 4711][req: 00000000000000010000000000000002] line 0",
    );
    sdk.number("requestLine", START + SECOND, "next");
    expect(lines().slice(20)).toEqual([
      "[policy: wallarm.default][api: 4711] 30 lines about requests left out",
      expect.stringContaining("] next"),
    ]);
  });

  it("go on where the host's clock is set back", () => {
    for (let i = 0; i < 30; i++) sdk.number("requestLine", START, "line");
    sdk.number("requestLine", START - 3600n * SECOND, "earlier");
    expect(lines().at(-1)).toContain("earlier");
  });

  it("are not put together for a level that nobody reads", () => {
    sdk.host.answer("proxy_get_log_level", { results: [3] });
    sdk.number("requestLine", START, "line");
    expect(lines()).toEqual([]);
  });

  it("about a missing verdict come once a minute for each reason", () => {
    const [refused, timedOut] = [2, 4];
    for (let i = 0n; i < 60n; i++) sdk.number("warnNoVerdict", refused, "why", START + i * SECOND);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatch(
      /\[req: [0-9a-f]{32}\] no verdict from the node: call refused: why$/,
    );
    sdk.number("warnNoVerdict", timedOut, "", START);
    expect(lines().at(-1)).toMatch(/no verdict from the node: timed out$/);
    sdk.number("warnNoVerdict", refused, "again", START + 60n * SECOND);
    expect(lines()).toHaveLength(3);
    sdk.number("warnNoVerdict", refused, "earlier", START - SECOND);
    expect(lines().at(-1)).toContain("earlier");
  });

  it("show nothing that could be another line, or a terminal's command", () => {
    sdk.number("warnNoVerdict", 2, "a\r\nb\u001b[31mé\u0000", START);
    expect(lines()[0]).toMatch(/call refused: a\?\?b\?\[31m\?\?$/);
  });

  it("and metrics are those of the API", () => {
    sdk.host.calls.length = 0;
    sdk.number("startTelemetry", "wallarm.default.a.b");
    const names = sdk.host.calls.map(([, , name]) => name);
    expect(names).toContain("wallarm.api.a_b.requests_blocked");
    expect(names).toContain("wallarm.api.a_b.no_verdict.answer_too_large");
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^[a-z._]+$/.test(String(name)))).toBe(true);
  });
});

describe("ASCII text", () => {
  it("is put in lower case, and nothing else is touched", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
        expect(sdk.text("lowerCase", text)).toBe(lower);
      }),
    );
    expect(sdk.text("lowerCase", "A".repeat(60_000))).toBe("a".repeat(60_000));
  });

  it("is printable when all else has become a question mark", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(sdk.text("printable", text)).toBe(text.replaceAll(/[^\x20-\x7e]/g, "?"));
      }),
    );
  });

  it("is a number if it is one to nine digits", () => {
    const decimal = (text: string): bigint => sdk.big("decimal", text);
    for (const text of ["0", "7", "007", "65536", "999999999"]) {
      expect(Number(decimal(text)), text).toBe(Number(text));
    }
    for (const text of ["", "-1", "+1", " 1", "1 ", "1.0", "1e3", "x", "1234567890", "１"]) {
      expect(Number(decimal(text)), text).toBe(-1);
    }
  });

  it("has letters and digits as ASCII has them", () => {
    for (let code = 0; code < 0x300; code++) {
      const one = String.fromCharCode(code);
      expect(sdk.number("isLetter", code) === 1, one).toBe(/[A-Za-z]/.test(one));
      expect(sdk.number("isDigit", code) === 1, one).toBe(/[0-9]/.test(one));
    }
  });
});
