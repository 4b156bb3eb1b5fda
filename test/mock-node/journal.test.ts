/** Does the journal keep what was seen and decided, bounded, and can it be asked, live too? */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createMockNode,
  type AttackEntry,
  type MessageEntry,
  type MockNode,
} from "../../host-sim/src/mock-node/index.ts";
import {
  attackPath,
  bin,
  call,
  hex,
  newId,
  requestMessage,
  responseMessage,
  type Wire,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
beforeEach(async () => {
  node = await createMockNode({ route_config: { wallarm_mode: "block", wallarm_application: 7 } });
});
afterEach(() => node.close());

async function api<T = Record<string, unknown>>(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: T }> {
  const response = await fetch(node.apiUrl + path, init);
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as T };
}
const attacks = async (query = ""): Promise<AttackEntry[]> =>
  (await api<{ attacks: AttackEntry[] }>(`/api/attacks${query}`)).body.attacks;
const messages = async (query = ""): Promise<MessageEntry[]> =>
  (await api<{ messages: MessageEntry[] }>(`/api/messages${query}`)).body.messages;

describe("the journal", () => {
  it("keeps each message of a batch by itself, with its own attacks, and counts it", async () => {
    const seen = (type: string): Promise<number> =>
      counter(node, "http_connector_server_messages_seen_total", { type });
    const good = requestMessage({ mode: "async" });
    const bad = requestMessage({ mode: "async", path: attackPath });
    const response = responseMessage({ id: good.id });
    await call(node.url, good, bad, response);
    const told = (await messages()).map(({ id, type, attacks: { length } }) => [
      id,
      type,
      length > 0,
    ]);
    expect(told.reverse()).toEqual([
      [hex(good.id), "request", false],
      [hex(bad.id), "request", true],
      [hex(response.id), "response", false],
    ]);
    expect([await seen("request"), await seen("response"), await seen("total")]).toEqual([2, 1, 3]);
  });

  it("keeps a message whole: who, what, decision, reason, and bytes that are not UTF-8", async () => {
    const id = newId();
    const message = requestMessage({
      id,
      method: "POST",
      host: bin("caf\xe9.example"),
      path: bin("/caf\xe9?name=../../../../etc/passwd"),
      headers: [
        ["x-name", bin("J\xf6rg")],
        ["x-name", bin("")],
      ],
      body: bin("\xff\x00ab"),
      api: { id: "1", name: "orders", version: "v1" },
    });
    await call(node.url, message);
    expect((await messages())[0]).toMatchObject({
      id: hex(id),
      type: "request",
      part: 0,
      last: true,
      client: "203.0.113.7",
      method: "POST",
      host: "caf\xe9.example",
      path: "/caf\xe9?name=../../../../etc/passwd",
      headers: [
        ["x-name", "J\xf6rg"],
        ["x-name", ""],
      ],
      body: {
        bytes: 4,
        base64: Buffer.from("\xff\x00ab", "latin1").toString("base64"),
        cut: false,
      },
      api: { id: "1", name: "orders", version: "v1" },
      call: { path: "/connector/v1/messages", connector: "flex", connectorVersion: "0.1.0" },
      action: "block",
      why: "found ptrav; wallarm_mode is block",
      mode: "block",
      application: 7,
      attacks: ["ptrav"],
      faults: [],
    });
    expect((await attacks())[0]).toMatchObject({
      id: hex(id),
      type: "ptrav",
      action: "block",
      rule: expect.stringMatching(/./) as unknown,
      point: expect.stringMatching(/name/) as unknown,
      explanation: expect.stringMatching(/./) as unknown,
      application: 7,
    });
  });

  it("shows a request with its parts and its response under its id, or how that begins", async () => {
    const id = newId();
    await call(node.url, requestMessage({ id, last: false, body: bin("a") }));
    await call(node.url, { id, part: 1, last: true, body: bin("b") });
    await call(node.url, responseMessage({ id, status: 418, body: bin("tea"), body_size: 3 }));
    const { body } = await api<{ messages: MessageEntry[] }>(
      `/api/messages/${hex(id).slice(0, 12)}`,
    );
    expect(
      body.messages.map(({ type, part, method, status }) => [type, part, method, status]),
    ).toEqual([
      ["request", 0, "GET", undefined],
      ["part", 1, "GET", undefined],
      ["response", 0, "GET", 418],
    ]);
    expect((await api("/api/messages/ffff00")).status).toBe(404);
    expect((await api("/api/messages/nothex")).status).toBe(404);
  });

  it.each([
    ["?type=ptrav", 2],
    ["?type=xss", 1],
    ["?host=shop.example.com", 2],
    ["?host=OTHER.example.com:8080", 1],
    ["?action=block", 2],
    ["?action=pass", 1],
    ["?method=PUT", 1],
    ["?path=/files", 2],
    ["?client=198.51.100.9", 1],
    ["?text=SCRIPT", 1],
    ["?type=ptrav&action=pass", 1],
    ["?limit=1", 1],
    ["?type=nothing", 0],
  ])("answers /api/attacks%s with attacks of %i requests", async (query, count) => {
    await call(node.url, requestMessage({ path: attackPath }));
    await call(node.url, requestMessage({ path: attackPath, mode: "async", method: "PUT" }));
    const script = bin("/s?q=<script>alert(1)</script>");
    await call(
      node.url,
      requestMessage({
        path: script,
        host: bin("other.example.com:8080"),
        client_ip: "198.51.100.9",
      }),
    );
    const found = await attacks(query);
    expect(new Set(found.map(({ id }) => id)).size).toBe(count);
  });

  it("answers only what came after `since`, in the order that is asked for", async () => {
    await call(node.url, requestMessage());
    const { seq } = (await api<{ seq: number }>("/api/messages")).body;
    for (const path of ["/1", "/2"]) await call(node.url, requestMessage({ path: bin(path) }));
    expect((await messages(`?since=${seq}`)).map(({ path }) => path)).toEqual(["/2", "/1"]);
    expect((await messages(`?since=${seq}&order=asc`)).map(({ path }) => path)).toEqual([
      "/1",
      "/2",
    ]);
  });

  it.each([
    ["?limit=0", 'limit is "0": must be an integer from 1 to 10000'],
    ["?since=-1", 'since is "-1": must be an integer from 0'],
    ["?order=up", 'order is "up": must be asc or desc'],
    ["?sort=id", "parameter sort is not known: known are type, host"],
  ])("refuses /api/attacks%s", async (query, reason) => {
    const { status, body } = await api<{ error: string }>(`/api/attacks${query}`);
    expect([status, body.error]).toEqual([400, expect.stringContaining(reason)]);
  });

  it("is cleared by DELETE", async () => {
    await call(node.url, requestMessage({ path: attackPath }));
    expect((await api("/api/attacks", { method: "DELETE" })).status).toBe(204);
    expect([await attacks(), await messages()]).toEqual([[], []]);
  });

  it("is bounded in entries, bytes, and bytes of one body", async () => {
    await node.close();
    node = await createMockNode({
      mock: { journal: { messages: 5, bytes: 20_000, body_bytes: 10 } },
    });
    for (let i = 0; i < 20; i += 1)
      await call(node.url, requestMessage({ path: bin(`/${i}`), body: bin("x".repeat(100)) }));
    const kept = await messages();
    expect(kept.map(({ path }) => path)).toEqual(["/19", "/18", "/17", "/16", "/15"]);
    expect(kept[0]?.body).toMatchObject({
      bytes: 100,
      cut: true,
      base64: Buffer.from("x".repeat(10)).toString("base64"),
    });
    for (let i = 0; i < 4; i += 1)
      await call(node.url, requestMessage({ path: bin(`/${"y".repeat(8000)}`) }));
    expect((await messages()).length).toBeLessThan(4);
  });

  it("refuses to be read by a page of another name (DNS rebinding)", async () => {
    const { hostname, port } = new URL(node.apiUrl);
    const { request } = await import("node:http");
    const status = await new Promise((resolve) => {
      const options = { hostname, port, path: "/api/attacks", headers: { host: "evil.example" } };
      request(options, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(403);
  });

  it("answers what is not there with 404, and a body that is no JSON with 400", async () => {
    expect((await api("/api/nothing")).status).toBe(404);
    const put = await api<{ error: string }>("/api/faults", { method: "PUT", body: "{" });
    expect([put.status, put.body.error]).toEqual([400, "the body must be JSON"]);
  });
});

/** Reads server-sent events until `count` of them came. */
async function events(
  count: number,
  begin: () => Promise<unknown>,
): Promise<Array<{ event: string; data: Wire }>> {
  const response = await fetch(`${node.apiUrl}/api/events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const seen: Array<{ event: string; data: Wire }> = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1] ?? "";
      seen.push({ event, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "{}") as Wire });
      if (seen.length === 1) await begin();
    }
    if (seen.length >= count) break;
  }
  return seen;
}

describe("/api/events", () => {
  it("tells messages and attacks as they come, and that the journal was cleared", async () => {
    const seen = await events(4, async () => {
      await call(
        node.url,
        requestMessage({
          path: bin("/s?q=1%20UNION%20SELECT%20password%20FROM%20users&x=\r\n\r\nevent: forged"),
        }),
      );
      node.journal.clear();
    });
    expect(seen.map(({ event }) => event)).toEqual(["hello", "message", "attack", "cleared"]);
    expect(seen[2]?.data).toMatchObject({ type: "sqli", action: "block" });
    expect(seen[1]?.data.body).toEqual({ bytes: 0 });
  });

  it("drops a page that reads nothing, instead of keeping all news for it", async () => {
    const response = await fetch(`${node.apiUrl}/api/events`);
    const many = [...Array<undefined>(5000)].map(() =>
      responseMessage({ headers: [["x", bin("y".repeat(2000))]] }),
    );
    await call(node.url, ...many);
    let bytes = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      bytes += chunk.length;
    expect(bytes).toBeGreaterThan(0); // and the loop ended: the stream was closed
  });
});
