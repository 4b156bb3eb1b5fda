/** Does what fuzzing has found stay mended? Each find as the shortest play that showed it, under the judge that noticed it. */
import { readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";
import { beforeAll, describe, expect, it } from "vitest";
import { POLICY_WASM } from "../support/scene.ts";
import type { Exchange, Message } from "./host/exchange.ts";
import { Vm } from "./host/vm.ts";
import { createWorld } from "./host/create-world.ts";
import type { Plugin, World } from "./host/world.ts";
import { Judge } from "./oracle/judge.ts";
import { truthOf } from "./oracle/truth.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = new WebAssembly.Module(readFileSync(POLICY_WASM));
});

const PROCESSOR = {
  wallarm_node: "h2://node:5080",
  fallback_action: "block",
  node_timeout_ms: 200,
};
const CONNECTOR = {
  wallarm_node: "http://node:5050",
  fallback_action: "block",
  node_timeout_ms: 200,
};
/** Answers of a processor: CONTINUE for each kind, and an immediate response. */
const HEAD_OK = Uint8Array.of(0x0a, 0);
const RESPONSE_HEAD_OK = Uint8Array.of(0x12, 0);
const BODY_OK = Uint8Array.of(0x1a, 0);
const IMMEDIATE = Uint8Array.of(0x3a, 0x05, 0x0a, 0x03, 0x08, 0x93, 0x03);

/** The head is judged, and goes on, before its body. */
const HEAD_FIRST = { ...PROCESSOR, header_holding: "off" };

/** Names of hostcalls, or whether this call of one fails. */
type Failing = readonly string[] | ((hostcall: string) => boolean);

const NODE_SAYS = [
  [":status", "200"],
  ["x-wallarm-node", "1.0"],
] as const;

class Scene {
  readonly world: World;
  readonly judge: Judge;
  readonly plugin: Plugin;
  readonly lines: string[] = [];

  constructor(configuration: object, failing: Failing = []) {
    const properties = new Map<string, string>();
    const fails =
      typeof failing === "function" ? failing : (name: string) => failing.includes(name);
    const fault = (hostcall: string): number => (fails(hostcall) ? 10 : 0);
    const common = { pluginName: "p.n", properties, logLevel: 0, randomSeed: 1 };
    this.world = createWorld(new Vm(module), { holdsHeaders: true, ...common, fault });
    this.judge = new Judge(this.world);
    const keep = this.judge.onLog.bind(this.judge);
    this.judge.onLog = (level, text) => void (this.lines.push(text), keep(level, text));
    this.plugin = this.configure(configuration);
  }

  configure(configuration: object): Plugin {
    const plugin = this.world.configure(Buffer.from(JSON.stringify(configuration)));
    this.judge.addPlugin(plugin!.id, truthOf({ ...configuration }));
    return plugin!;
  }

  open(body: string, plugin = this.plugin, mark = "m1"): Exchange {
    const headers = [":authority", ":path", ":method", ":scheme"].map(
      (name) => [name, "POST"] as const,
    );
    const request = {
      headers: [...headers, ["x-mark", mark] as const],
      body: Buffer.from(body),
      trailers: null,
      ends: true,
    };
    const exchange = this.world.open(plugin, {
      mark,
      protocol: "HTTP/2",
      source: "1.1.1.1:1",
      request,
    });
    this.world.requestHeaders(exchange);
    return exchange;
  }

  answer(message: Uint8Array): void {
    const stream = this.world.calls.openGrpc[0]!;
    this.judge.beforeGrpcAnswer(stream.token, message);
    this.world.answerGrpc(this.plugin.id, stream.token, message);
  }

  /** The node lets the only message pass that was told in the only call. */
  pass(): void {
    const [call] = this.world.calls.http.values();
    const { ledger, number } = this.judge.told.get(call!.token)!.parts[0]!;
    const id = Buffer.from(ledger.id!, "latin1");
    const body = encode([{ id, part: number, action: "pass" }]);
    this.judge.beforeHttpAnswer(call!.token, { headers: NODE_SAYS, body });
    this.world.answerHttp(this.plugin.id, call!.token, NODE_SAYS, body);
  }

  tick(times: number): void {
    for (let i = 0; i < times && this.plugin.tickPeriod > 0; i++) this.world.tick(this.plugin);
  }
}

const RESPONSE: Message = {
  headers: [[":status", "200"]],
  body: Buffer.alloc(9000),
  trailers: null,
  ends: false,
};

/** A request whose first part has its verdict, and whose response has begun before the rest came. */
function answeredEarly(body: string): { scene: Scene; exchange: Exchange } {
  const scene = new Scene({ ...HEAD_FIRST, request_body_limit: 2 });
  const exchange = scene.open(body);
  scene.answer(HEAD_OK);
  scene.world.requestBody(exchange, 2, false);
  scene.answer(BODY_OK);
  scene.world.responseHeaders(exchange, RESPONSE);
  return { scene, exchange };
}

describe("over ext_proc", () => {
  it("a body goes on at once, once the processor has ended its stream in good order", () => {
    const scene = new Scene({ ...HEAD_FIRST, request_body_limit: 2 });
    const exchange = scene.open("abcdef");
    scene.answer(HEAD_OK);
    const stream = scene.world.calls.openGrpc[0]!;
    scene.judge.beforeGrpcEnd(stream.token, 0);
    stream.isEnded = true;
    scene.world.endGrpc(scene.plugin.id, stream.token, 0, "");
    scene.world.requestBody(exchange, 2, false);
    scene.world.requestBody(exchange, 4, true);
    expect([exchange.request.bytesOut, exchange.request.isHeld]).toEqual([6, false]);
  });

  it("a request is judged to its end, though all that is told of its early response was told", () => {
    const { scene, exchange } = answeredEarly("abcdef");
    scene.answer(RESPONSE_HEAD_OK);
    scene.world.responseBody(exchange, 5000, false);
    scene.world.requestBody(exchange, 2, false);
    expect([exchange.request.bytesOut, exchange.request.isHeld]).toEqual([0, true]);
    expect(scene.world.calls.openGrpc).toHaveLength(1);
  });

  it("a refusal is one local reply, and nothing goes on after it, though a response is asked about too", () => {
    const { scene, exchange } = answeredEarly("abcd");
    scene.world.requestBody(exchange, 2, false);
    scene.answer(IMMEDIATE);
    expect([exchange.reply?.status, exchange.response?.isHeld]).toEqual([403, true]);
    scene.tick(10);
  });

  it("a request is not let go by a tick, once its early response was refused", () => {
    const scene = new Scene({ ...HEAD_FIRST, request_body_limit: 2 });
    const exchange = scene.open("abcd");
    scene.answer(HEAD_OK);
    scene.world.requestBody(exchange, 1, false);
    scene.tick(13);
    scene.answer(BODY_OK);
    scene.world.responseHeaders(exchange, RESPONSE);
    scene.world.requestBody(exchange, 1, false);
    scene.answer(IMMEDIATE);
    scene.tick(15);
    expect(exchange.reply?.status).toBe(403);
  });

  it("a refusal that comes when only the response was asked about last refuses the request", () => {
    const { scene, exchange } = answeredEarly("abcd");
    scene.answer(RESPONSE_HEAD_OK);
    scene.answer(IMMEDIATE);
    expect(exchange.reply?.status).toBe(403);
  });
});

describe("over HTTP", () => {
  it("a part is no longer than its limit after a body has stood still", () => {
    const scene = new Scene({ ...CONNECTOR, request_body_limit: 4, header_holding: "on" });
    const exchange = scene.open("abcdefghijkl");
    scene.world.requestBody(exchange, 2, false);
    scene.tick(15);
    expect(scene.judge.all[0]!.parts).toHaveLength(1);
    scene.world.requestBody(exchange, 10, true);
    scene.tick(30);
    expect(exchange.reply?.status).toBe(403);
  });

  it("two policies on a host without entropy never give one id to two requests", () => {
    const scene = new Scene(CONNECTOR, ["random_get"]);
    const other = scene.configure(CONNECTOR);
    scene.open("", scene.plugin, "m1");
    scene.open("", other, "m2");
    expect(new Set(scene.judge.all.map(({ id }) => id)).size).toBe(2);
  });

  it("a copy that is refused with 413 is told to be cut", () => {
    const scene = new Scene({
      ...CONNECTOR,
      wallarm_mode: "async",
      request_body_limit: 1,
      request_body_overflow: "block",
    });
    const exchange = scene.open("abc");
    scene.world.requestBody(exchange, 3, true);
    scene.world.end(exchange);
    scene.tick(2);
    expect(exchange.reply?.status).toBe(413);
    expect(scene.judge.all[0]!.parts.at(-1)).toMatchObject({ last: true, truncated: true });
  });

  it("in async mode a request whose head can't be read goes on, whatever fallback_action says", () => {
    const scene = new Scene({ ...CONNECTOR, wallarm_mode: "async" }, ["pairs 0"]);
    const exchange = scene.open("");
    expect([exchange.reply, exchange.request.headOut]).toEqual([null, true]);
  });

  it("a response is told up to the chunk that the host did not give, and no further", () => {
    const failing = ["buffer 1"];
    const scene = new Scene({ ...CONNECTOR, wallarm_mode: "async" }, failing);
    const exchange = scene.open("");
    const body = Buffer.from("abcdef");
    scene.world.responseHeaders(exchange, { ...RESPONSE, body, ends: true });
    scene.world.responseBody(exchange, 2, false);
    failing.pop();
    scene.world.responseBody(exchange, 4, true);
    scene.tick(2);
    expect(scene.judge.all[0]!.isResponseTold).toBe(true);
    const [call] = scene.world.calls.http.values();
    expect(Buffer.from(call!.body).includes("cdef")).toBe(false);
  });

  it("a policy that is replaced is not done for a stream that the host could not be led back from", () => {
    let switches = 0;
    const isNotFirst = (hostcall: string): boolean =>
      hostcall === "proxy_set_effective_context" && ++switches > 1;
    const scene = new Scene(CONNECTOR, isNotFirst);
    const exchange = scene.open("");
    scene.world.done(scene.plugin);
    scene.pass();
    expect([exchange.request.headOut, scene.plugin.isDone]).toEqual([true, false]);
    scene.tick(1);
    expect(scene.plugin.isDone).toBe(true);
  });

  it("what stands in wallarm_cluster makes no new line in the log", () => {
    const scene = new Scene({ ...CONNECTOR, wallarm_cluster: "a\nb" });
    expect(scene.lines.join("")).toContain("through cluster a?b");
  });
});
