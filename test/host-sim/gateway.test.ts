/** What can a test do with a gateway? The public API, by what it promises. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../host-sim/src/index.ts";
import { call } from "./support/probe-cases/probe-case.ts";
import { probe, said } from "./support/probe-gateway.ts";

describe("fetch", () => {
  test("gives the upstream's answer through the filter, and takes it note of both", async () => {
    const gateway = await probe(["request_headers: add 0 x-n 1", "response_headers: add 2 x-r 2"], {
      upstream: async (request) => new Response(`got ${await request.text()}`, { status: 201 }),
    });
    const response = await gateway.fetch("/a/../b", { method: "POST", body: "hello" });
    expect([response.status, response.headers.get("x-r")]).toEqual([201, "2"]);
    expect(await response.text()).toBe("got hello");
    const [received] = gateway.upstreamRequests;
    expect(received?.headers.get(":path")).toBe("/a/../b");
    expect(received?.headers.get("x-n")).toBe("1");
    expect(new TextDecoder().decode(received?.body)).toBe("hello");
  });

  test("cuts a body into chunks, and tells its end as asked", async () => {
    const gateway = await probe([]);
    const sent = { method: "POST", body: "abcde", chunkSize: 2 };
    await gateway.fetch("/", { ...sent, endOfStream: "last" });
    await gateway.fetch("/", { ...sent, endOfStream: "empty" });
    const bodies = said(gateway).filter((line) => line.startsWith("request_body"));
    const chunks = ["request_body 2", "request_body 2"];
    expect(bodies).toEqual([
      ...chunks,
      "request_body_end 1",
      ...chunks,
      "request_body 1",
      "request_body_end 0",
    ]);
  });

  test("sends trailers, and gives those of the answer", async () => {
    const gateway = await probe(["request_trailers: pairs 1", "response_body_end: add 3 u 2"]);
    const response = await gateway.fetch("/", {
      method: "POST",
      body: "x",
      trailers: [["t", "1"]],
    });
    expect(said(gateway)).toContain("pairs 1 = 0 [t=1]");
    expect(await response.text()).toBe("");
    await response.trailers;
  });

  test("tells who the client is", async () => {
    const gateway = await probe([
      "request_headers: prop source.address; prop source.port; prop request.protocol",
    ]);
    await gateway.fetch("/", { sourceAddress: "[2001:db8::1]:7", httpVersion: "2" });
    const hex = (text: string): string => Buffer.from(text).toString("hex");
    expect(said(gateway)).toContain(
      `prop source.address = 0 17:${hex("[2001:db8::1]:7")}`.replace("17:", "15:"),
    );
    expect(said(gateway)).toContain("prop source.port = 0 8:0700000000000000");
    expect(said(gateway)).toContain(`prop request.protocol = 0 6:${hex("HTTP/2")}`);
  });

  test("rejects if the gateway cuts the connection before an answer", async () => {
    const gateway = await probe(["request_headers: close 0; return 1"]);
    await expect(gateway.fetch("/")).rejects.toThrow("fetch failed");
  });

  test("is refused once the gateway is closed", async () => {
    const gateway = await probe([]);
    await gateway.close();
    await expect(gateway.fetch("/")).rejects.toMatchObject({ code: "closed" });
  });
});

describe("openStream", () => {
  test("shows that nothing reaches the upstream before the filter lets it through", async () => {
    let answer: (response: Response) => void = () => {};
    const gateway = await probe(
      [
        `request_headers: ${call}; return 1`,
        "request_body_return: 2",
        "call_response: effective; continue 0",
      ],
      { clusters: { node: () => new Promise((resolve) => (answer = resolve)) } },
    );
    const { client, ...stream } = gateway.openStream();
    void stream;
    const opened = gateway.openStream();
    opened.client.send("one");
    opened.client.send("two");
    expect(opened.upstream).toBeNull();
    expect(gateway.contexts).toMatchObject({ streams: 2, pendingCalls: 2 });
    await expect.poll(() => gateway.calls.length).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    answer(new Response("go"));
    await expect.poll(() => opened.upstream?.bodySize).toBe(6);
    opened.client.end();
    await opened.client.finished();
    expect(opened.client.status).toBe(200);
    client.reset();
    expect(gateway.contexts.streams).toBe(0);
  });

  test("says when an honest client would stop sending, and when it would go on", async () => {
    const gateway = await probe(
      [
        "request_headers: tick 50; return 1",
        "request_body_return: 2",
        "tick: tick 0; effective; continue 0",
      ],
      { bufferLimit: 1000, clock: new ManualClock() },
    );
    const { client } = gateway.openStream();
    client.send(new Uint8Array(1000));
    expect(client.heldBack).toBe(false);
    client.send(new Uint8Array(1));
    expect(client.heldBack).toBe(true);
    await (gateway.clock as ManualClock).advance(50);
    expect(client.heldBack).toBe(false);
  });

  test("a client that goes away ends the stream in the filter: log, done, delete", async () => {
    const gateway = await probe(["request_headers: return 1"]);
    const { client } = gateway.openStream();
    client.reset();
    expect(said(gateway).slice(-3)).toEqual(["log", "done", "delete"]);
  });
});

describe("the clock", () => {
  test("moves ticks and time-outs of calls, and nothing else does", async () => {
    const clock = new ManualClock();
    const gateway = await probe(
      [
        "configure: tick 100",
        `request_headers: ${call}; return 1`,
        "call_response: get 6 :status; effective; reply 403 late",
      ],
      { clock, clusters: { node: () => new Promise<Response>(() => {}) } },
    );
    const response = gateway.fetch("/");
    await clock.advance(999);
    expect(said(gateway).filter((line) => line === "tick")).toHaveLength(9);
    expect(gateway.calls[0]?.outcome).toBe("pending");
    await clock.advance(1);
    expect((await response).status).toBe(403);
    expect(gateway.calls[0]).toMatchObject({ outcome: "made", reason: "timeout", status: 504 });
  });

  test("ends a request that the upstream does not answer, after 15 s", async () => {
    const clock = new ManualClock();
    const gateway = await probe([], { clock, upstream: () => new Promise<Response>(() => {}) });
    const response = gateway.fetch("/");
    await clock.advance(15_000);
    expect((await response).status).toBe(504);
    expect(await (await response).text()).toBe("upstream request timeout");
  });
});

test("metrics are found by the filter's name and by Envoy's", async () => {
  const gateway = await probe([
    "request_headers: metric 0 hits; increment 2; metric 2 sizes; record 7; metric 1 level; record 3",
  ]);
  await gateway.fetch("/");
  expect([
    gateway.metric("hits"),
    gateway.metric("wasmcustom.hits"),
    gateway.metric("sizes"),
    gateway.metric("level"),
    gateway.metric("none"),
  ]).toEqual([2, 2, [7], 3, undefined]);
});

test("log lines read as Envoy's: plugin, root id, VM id", async () => {
  const gateway = await probe(["request_headers: log hello"], {
    pluginName: "p",
    rootId: "r",
    vmId: "v",
  });
  await gateway.fetch("/");
  expect(gateway.logs.map(({ text }) => text)).toContain("wasm log p r v: hello");
  expect(gateway.logs.map(({ text }) => text)).toContain("wasm log r v: configure");
});

test("an upstream that throws is a connection that fails", async () => {
  const gateway = await probe([], {
    upstream: () => {
      throw new Error("no");
    },
  });
  const response = await gateway.fetch("/");
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("reset reason: remote connection failure");
});

test("an upstream without hosts is told so", async () => {
  const gateway = await probe([], { upstream: null });
  const response = await gateway.fetch("/");
  expect([response.status, await response.text()]).toEqual([503, "no healthy upstream"]);
});
