/** Can one client keep the node from judging others, by bodies that are slow to look at? */
import { gzipSync } from "node:zlib";
import { encode } from "@msgpack/msgpack";
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  attackPath,
  bin,
  call,
  callHeaders,
  errorOf,
  hex,
  requestMessage,
  type Wire,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
afterEach(() => node.close());

const blockingNode = (mock: object = {}): Promise<MockNode> =>
  createMockNode({ route_config: { wallarm_mode: "block" }, mock });
const post = (body: Uint8Array, over: Wire = {}): Wire =>
  requestMessage({
    method: "POST",
    client_ip: "198.51.100.66",
    headers: [["content-type", bin("application/json")]],
    body,
    ...over,
  });
const json = (text: string): Uint8Array => bin(JSON.stringify({ a: text }));
/** Each rule has much to do with these, and finds nothing. */
const SLOW: readonly (readonly [string, string])[] = [
  ["quotes", "x'y "],
  ["tags", "<a b='c'>"],
  ["words", "select from and or concat( "],
];
const slowBody = (unit: string, bytes: number): Uint8Array =>
  json(unit.repeat(bytes / unit.length));

describe("slow bodies of one client", () => {
  it.each([
    ["small ones", 60_000],
    ["large ones", 1_500_000],
  ])("keep no other client waiting: %s", { timeout: 120_000 }, async (_, bytes) => {
    node = await blockingNode();
    const slow = Array.from({ length: 10 }, (_, i) =>
      call(node.url, post(slowBody(SLOW[i % SLOW.length]![1], bytes))),
    );
    const attacks = Array.from({ length: 100 }, () =>
      call(node.url, requestMessage({ path: attackPath })),
    );
    const probes = Array.from({ length: 10 }, () =>
      call(node.url, requestMessage({ type: "probe", client_ip: "", host: bin("") })),
    );
    for (const { value } of await Promise.all(attacks))
      expect(value).toMatchObject([{ action: "block", attacks: ["ptrav"] }]);
    for (const { value } of await Promise.all(probes))
      expect(value).toMatchObject([{ part: 0, action: "pass" }]);
    for (const { status } of await Promise.all(slow)) expect([200, 503]).toContain(status);
  });

  it("keep health checks and the API answering", async () => {
    node = await createMockNode({ connector: { external_health_check: { enabled: true } } });
    const slow = Array.from({ length: 8 }, () =>
      call(node.url, post(slowBody("select from and or concat( ", 1_000_000))),
    );
    await expect
      .poll(() => counter(node, "http_connector_server_messages_seen_total", { type: "request" }))
      .toBeGreaterThan(0);
    for (let i = 0; i < 20; i += 1)
      expect((await fetch(`${node.url}/wallarm-external-health`)).status).toBe(200);
    await Promise.all(slow);
  });
});

describe("the time limit", () => {
  it.each(SLOW)("makes a body that takes longer an attack: %s", async (_, unit) => {
    node = await blockingNode({ time_limit_ms: 5 });
    const { status, value } = await call(node.url, post(slowBody(unit, 2_000_000)));
    expect(status).toBe(200);
    expect(value).toMatchObject([{ action: "block" }]);
    expect((value as Wire[])[0]!.attacks).toContain("overlimit_res");
    expect(node.journal.attacks({ type: "overlimit_res" })[0]).toMatchObject({ action: "block" });
  });

  it("blocks only where the node blocks", async () => {
    node = await createMockNode({ mock: { time_limit_ms: 5 } });
    const { value } = await call(node.url, post(slowBody("x'y ", 2_000_000)));
    expect(value).toMatchObject([{ action: "pass", attacks: ["overlimit_res"] }]);
  });
});

describe("a compression bomb", () => {
  it("is an attack, data_bomb, and the node goes on", async () => {
    node = await blockingNode();
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    const headers = [["content-encoding", bin("gzip")]];
    const { value } = await call(node.url, post(bomb, { headers }));
    expect(value).toMatchObject([{ action: "block", attacks: ["data_bomb"] }]);
    expect((await call(node.url, requestMessage())).value).toMatchObject([{ action: "pass" }]);
  });
});

describe("too many messages that wait", () => {
  it("are refused at once with 503, those of whoever sent most first, and counted", async () => {
    node = await blockingNode({ limits: { waiting_messages: 2 } });
    const many = await Promise.all(
      Array.from({ length: 12 }, () => call(node.url, post(slowBody("x'y ", 300_000)))),
    );
    const refused = many.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(errorOf(answer)).toContain("mock.limits.waiting_messages");
      expect(answer.headers.get("x-wallarm-node")).toBeTruthy();
    }
    const type = "DroppedOnOverload";
    expect(await counter(node, "http_connector_server_errors_total", { type })).toBe(
      refused.length,
    );
  });

  it("may be sent again, and are judged then", async () => {
    node = await blockingNode({ time_limit_ms: 60_000, limits: { waiting_messages: 1 } });
    const long = (): Wire => post(json("harmless, ".repeat(30_000)));
    const messages = Array.from({ length: 8 }, long);
    const first = await Promise.all(messages.map((message) => call(node.url, message)));
    expect(first.map(({ status }) => status)).toContain(503);
    for (const message of messages)
      expect((await call(node.url, message)).value).toMatchObject([{ action: "pass" }]);
    expect(await counter(node, "http_inspector_requests_processed_total")).toBe(messages.length);
  });
});

describe("work whose caller has gone", () => {
  it("is dropped, and the same message is judged when it comes again", async () => {
    node = await blockingNode({ time_limit_ms: 60_000 });
    const long = (): Wire => post(json("harmless, ".repeat(100_000)));
    const slow = Array.from({ length: 6 }, () => call(node.url, long()));
    const message = long();
    const gone = new AbortController();
    const cut = fetch(`${node.url}/connector/v1/messages`, {
      method: "POST",
      signal: gone.signal,
      headers: callHeaders,
      body: encode([message], { useBigInt64: true }),
    });
    const ended = expect(cut).rejects.toThrow();
    await expect
      .poll(() => counter(node, "http_connector_server_messages_seen_total", { type: "request" }))
      .toBe(7);
    gone.abort();
    await ended;
    const dropped = await node.journal.waitForMessage(({ action }) => action === "error");
    expect(dropped).toMatchObject({ id: hex(message.id), why: "nobody waits for the verdict" });
    await Promise.all(slow);
    expect((await call(node.url, message)).value).toMatchObject([{ action: "pass" }]);
  });
});
