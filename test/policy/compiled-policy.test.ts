/** Is the compiled policy what a host expects: small, with no other imports than the ABI's, and flat in memory? */
import { beforeEach, describe, expect, it } from "vitest";
import { CALLBACKS, HOSTCALLS } from "../as-proxy-wasm/support/hostcalls.ts";
import { latin1, pairs } from "../as-proxy-wasm/support/sdk.ts";
import { functionsOf } from "../as-proxy-wasm/support/wasm-types.ts";
import { timesOf } from "../support/slice.ts";
import { readPolicyWasm, TinyHost } from "./support/tiny-host.ts";

const wasm = readPolicyWasm();
const MIB = 1024 * 1024;

describe("the compiled policy", () => {
  it("is at most 128 KB", () => {
    expect(wasm.length).toBeLessThanOrEqual(128 * 1024);
  });

  it("imports the ABI's hostcalls and random_get, and nothing else", () => {
    const { imports } = functionsOf(wasm);
    const others = [...imports.keys()].filter((name) => {
      return !name.startsWith("env.") || HOSTCALLS[name.slice("env.".length)] === undefined;
    });
    expect(others).toEqual(["wasi_snapshot_preview1.random_get"]);
  });

  it("exports callbacks of the ABIs of proxy-wasm and Flex, and its memory", () => {
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    const others = WebAssembly.Module.exports(module)
      .map(({ name }) => name)
      .filter((name) => CALLBACKS[name] === undefined);
    expect(others.sort()).toEqual([
      "flex_abi_version_0_1_0",
      "flex_on_policy_initialize",
      "memory",
    ]);
    expect(functionsOf(wasm).exports.get("flex_on_policy_initialize")).toBe("() i32");
  });
});

let host: TinyHost;
const configure = (more: object = {}): void => {
  expect(host.configure({ wallarm_node: "http://node:5050", ...more })).toBe(true);
};
const ask = (body: string, ...headers: readonly (readonly [string, string])[]): void => {
  const bytes = pairs([":path", "/a?b=c"], [":authority", "shop.example"], ...headers);
  host.request.headers = Buffer.from(bytes).toString("latin1");
  host.request.body = body;
};
const memory = (): number => host.memory.buffer.byteLength;
/** Serves so many requests; each with exactly this outcome. */
const serve = (count: number, ...outcome: readonly string[]): void => {
  for (let i = 0; i < count; i++) {
    const told = host.serve();
    if (told.join() !== outcome.join()) throw new Error(`request ${i}: ${told.join()}`);
  }
};

beforeEach(() => {
  host = new TinyHost(wasm);
});

describe("its memory", () => {
  const thousands = timesOf(900);
  it(`does not grow over ${thousands} thousand requests that wait for a verdict`, () => {
    configure();
    ask("hello", [":method", "POST"], ["x-name", "value"]);
    const rounds = (count: number): void => {
      host.node = "pass";
      serve(count, "proxy_continue_stream");
      host.node = "block";
      serve(count / 4, "proxy_send_local_response");
    };
    rounds(80_000);
    const before = memory();
    for (let i = 0; i < thousands; i += 100) rounds(80_000);
    expect(memory()).toBe(before);
    expect(before).toBeLessThan(8 * MIB);
  }, 120_000);

  it("does not grow over 100,000 requests of async mode", () => {
    configure({ wallarm_mode: "async" });
    ask("hello", [":method", "POST"], ["x-name", "value"]);
    const rounds = (count: number): void => {
      for (let i = 0; i < count / 100; i++) {
        serve(100);
        host.tick();
        host.answerQuestion();
      }
    };
    rounds(8_000);
    const before = memory();
    rounds(92_000);
    expect(memory()).toBe(before);
    expect(before).toBeLessThan(8 * MIB);
  }, 60_000);

  it("is given back by messages that no node takes: a second such load grows nothing", () => {
    configure({ wallarm_mode: "async" });
    // AssemblyScript's allocator doubles all memory when it needs more: first it gets what small objects need.
    ask("small", [":method", "POST"]);
    serve(2_000);
    ask("x".repeat(300_000), [":method", "POST"]);
    const overload = (): void => {
      for (let i = 0; i < 100; i++) host.begin();
      for (let i = 0; i < 30; i++) host.tick();
    };
    overload();
    const before = memory();
    expect(before).toBeLessThan(1.7 * 16 * MIB);
    for (let i = 0; i < 5; i++) overload();
    expect(memory()).toBe(before);
  }, 60_000);

  it("does not grow over 20,000 ticks", () => {
    configure();
    for (let i = 0; i < 5_000; i++) host.tick();
    const before = memory();
    for (let i = 0; i < 15_000; i++) host.tick();
    expect(memory()).toBe(before);
  });

  it.each([
    ["a Connection header of 50 KB in capitals", "connection", `${"A".repeat(50_000)}, upgrade`],
    ["50 KB of dots for an address", "x-forwarded-for", "1.".repeat(25_000)],
    ["50 KB of semicolons for an address", "x-forwarded-for", ";".repeat(50_000)],
  ])("stays small whatever a client sends: %s", (_what, name, value) => {
    configure();
    ask("", [":method", "GET"], [name, value]);
    serve(200, "proxy_continue_stream");
    expect(memory()).toBeLessThan(32 * MIB);
  });

  it("stays bounded with verbose logging of what is not ASCII", () => {
    configure({ verbose_logging: true });
    const fields = Array.from(
      { length: 60 },
      (_, i) => [`X-Name-${i}`, "\xe9".repeat(900)] as const,
    );
    ask("token=\xe9;".repeat(400), [":method", "POST"], ...fields);
    serve(300, "proxy_continue_stream");
    expect(host.lines().join("").length).toBeGreaterThan(1_000);
    expect(memory()).toBeLessThan(64 * MIB);
  });
});

describe("a question that no host answers", () => {
  const HOUR = 3_600_000_000_000n;
  /**
   * node_timeout_ms of 2000 in ticks of 100 ms, the tick that may be short, and ten of grace; and as long for the canary, which is
   * sent when a quarter of the time is over, and the tick that may be short.
   */
  const DEADLINE = 6 + 31;

  it("ends by the policy's own deadline", () => {
    configure();
    ask("", [":method", "GET"]);
    host.begin();
    for (let i = 1; i < DEADLINE; i++) host.tick();
    expect(host.outcome()).toEqual([]);
    host.tick();
    expect(host.outcome()).toEqual(["proxy_continue_stream"]);
  });

  it.each([-HOUR, HOUR])("does not end early where the host's clock is set by %d ns", (step) => {
    configure();
    ask("", [":method", "GET"]);
    host.begin();
    host.now += step;
    host.tick();
    expect(host.outcome()).toEqual([]);
  });
});

it("shows nothing of a secret that two parts of a body share", () => {
  configure({ verbose_logging: true, wallarm_mode: "async", request_body_limit: 12 });
  ask("password=SECRET-SECRET", [":method", "POST"]);
  serve(1);
  const lines = host.lines().join("\n");
  expect(lines).toContain("body of 12 bytes");
  expect(lines).toContain("sent part 1, body of 10 bytes");
  expect(lines).not.toMatch(/SEC|RET/);
});

it("counts a request's own bytes, whatever their encoding", () => {
  configure({ verbose_logging: true });
  ask(Buffer.from(latin1("\xff\x00")).toString("latin1"), [":method", "POST"]);
  serve(1, "proxy_continue_stream");
  expect(host.lines().join("\n")).toContain("body of 2 bytes");
});
