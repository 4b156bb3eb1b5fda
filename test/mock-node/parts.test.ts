/** Does the node join the parts of a request, judge all of them together, and stay bounded? */
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  bin,
  call,
  errorOf,
  hex,
  newId,
  requestMessage,
  verdict,
  type Wire,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

const ERRORS = "http_connector_server_errors_total";
const SEEN = "http_connector_server_messages_seen_total";

let node: MockNode;
afterEach(() => node.close());

const first = (id: Uint8Array, body: string, over: Wire = {}): Wire =>
  requestMessage({
    id,
    last: false,
    method: "POST",
    body: bin(body),
    headers: [["content-type", bin("text/plain")]],
    ...over,
  });
const part = (id: Uint8Array, number: number, body: string, last = false): Wire => ({
  id,
  part: number,
  last,
  body: bin(body),
});
const blockingNode = (mock: object = {}, now?: () => number): Promise<MockNode> =>
  createMockNode({ route_config: { wallarm_mode: "block" }, mock }, now ? { now } : {});

describe("parts of a request", () => {
  it("are judged joined: an attack over three parts is found when it is whole", async () => {
    node = await blockingNode();
    const id = newId();
    expect(await verdict(node.url, first(id, "q=1 UNI"))).toMatchObject({
      part: 0,
      action: "pass",
    });
    expect(await verdict(node.url, part(id, 1, "ON SELECT pass"))).toMatchObject({
      part: 1,
      action: "pass",
    });
    expect(await verdict(node.url, part(id, 2, "word FROM users--", true))).toMatchObject({
      part: 2,
      action: "block",
      attacks: ["sqli"],
    });
  });

  it("stay blocked once one was blocked, and count as one blocked request", async () => {
    node = await blockingNode();
    const id = newId();
    await verdict(node.url, first(id, "../../../../etc/passwd"));
    expect(await verdict(node.url, part(id, 1, "harmless"))).toMatchObject({
      part: 1,
      action: "block",
    });
    expect(await verdict(node.url, part(id, 2, "harmless", true))).toMatchObject({
      part: 2,
      action: "block",
    });
    expect(await counter(node, "http_connector_server_requests_blocked_total")).toBe(1);
    expect(node.journal.messages()[0]?.why).toMatch(/^an earlier part was blocked: found ptrav/);
  });

  it("report an attack once, not again with each part that follows", async () => {
    node = await createMockNode();
    const id = newId();
    await verdict(node.url, first(id, "../../../../etc/passwd "));
    const after = node.journal.attacks().length;
    await verdict(node.url, part(id, 1, "harmless "));
    await verdict(node.url, part(id, 2, "harmless", true));
    expect(after).toBeGreaterThan(0);
    expect(node.journal.attacks()).toHaveLength(after);
  });

  it("of several requests may come mixed", async () => {
    node = await blockingNode();
    const [a, b] = [newId(), newId()];
    await verdict(node.url, first(a, "q=1 UNION SEL"));
    await verdict(node.url, first(b, "harmless "));
    expect(await verdict(node.url, part(b, 1, "ECT password FROM users--", true))).toMatchObject({
      action: "pass",
    });
    expect(await verdict(node.url, part(a, 1, "ECT password FROM users--", true))).toMatchObject({
      action: "block",
    });
  });

  it("may arrive in any order, over several connections: each waits for those before it", async () => {
    node = await blockingNode({ limits: { part_wait: "8s" } });
    const id = newId();
    const waiting = [3, 2, 1].map((number) =>
      verdict(node.url, part(id, number, ["", "ON SELECT pass", "word FROM ", "users--"][number]!)),
    );
    await expect.poll(() => counter(node, SEEN, { type: "request" })).toBe(3);
    expect(node.journal.messages()).toEqual([]);
    await verdict(node.url, first(id, "q=1 UNI"));
    const verdicts = await Promise.all(waiting);
    expect(verdicts.map(({ part }) => part)).toEqual([3, 2, 1]);
    expect(verdicts[0]).toMatchObject({ action: "block", attacks: ["sqli"] });
    const order = node.journal.messages().map(({ part }) => part);
    expect(order.reverse()).toEqual([0, 1, 2, 3]);
  });

  it("are judged in turn too where batches wait for one another", async () => {
    node = await blockingNode({ limits: { part_wait: "8s" } });
    const [a, b] = [newId(), newId()];
    await verdict(node.url, first(a, "a"));
    await verdict(node.url, first(b, "b"));
    const crossed = [
      call(node.url, part(a, 2, "x", true), part(b, 1, "y")),
      call(node.url, part(b, 2, "y", true), part(a, 1, "x")),
    ];
    for (const { value } of await Promise.all(crossed)) {
      expect(value).toMatchObject([
        { part: 2, action: "pass" },
        { part: 1, action: "pass" },
      ]);
    }
  });

  it("that wait keep no later part of a batch from its own verdict", async () => {
    node = await blockingNode({ limits: { part_wait: "50ms" } });
    const [lost, good] = [newId(), newId()];
    const batch = [part(lost, 2, "x"), requestMessage({ id: good, mode: "async" })];
    const { value } = await call(node.url, ...batch);
    expect(value).toMatchObject([{ part: 2, lacks: 0 }, { action: "pass" }]);
  });

  it("that never came are named to whoever sent a later one, after part_wait", async () => {
    node = await blockingNode({ limits: { part_wait: "50ms" } });
    const id = newId();
    await verdict(node.url, first(id, "a"));
    const { status, value } = await call(node.url, part(id, 2, "b"));
    expect([status, value]).toEqual([200, [{ id, part: 2, lacks: 1 }]]);
    expect(await counter(node, ERRORS, { type: "MsgDataFormat" })).toBe(1);
    expect(node.journal.messages()[0]).toMatchObject({ action: "error", id: hex(id) });
  });

  it("are refused after the last one", async () => {
    node = await createMockNode();
    const id = newId();
    await verdict(node.url, requestMessage({ id }));
    expect(errorOf(await call(node.url, part(id, 1, "x")))).toMatch(
      /part 1 came after the last part$/,
    );
    expect(await counter(node, ERRORS, { type: "DuplicateReqId" })).toBe(1);
  });

  it("are forgotten when none came for part_age, and then lack part 0", async () => {
    let now = 1_000_000;
    node = await blockingNode({ limits: { part_age: "10s", part_wait: "50ms" } }, () => now);
    const [old, young] = [newId(), newId()];
    await verdict(node.url, first(old, "a"));
    now += 9_000;
    await verdict(node.url, first(young, "a"));
    now += 2_000;
    expect((await call(node.url, part(old, 1, "b"))).value).toMatchObject([{ part: 1, lacks: 0 }]);
    expect(await verdict(node.url, part(young, 1, "b"))).toMatchObject({ action: "pass" });
  });

  it("are refused with 503 when too many requests are open, until one ends", async () => {
    node = await blockingNode({ limits: { open_requests: 2 } });
    const ids = [newId(), newId(), newId()];
    await verdict(node.url, first(ids[0]!, "a"));
    await verdict(node.url, first(ids[1]!, "a"));
    const refused = await call(node.url, first(ids[2]!, "a"));
    expect([refused.status, errorOf(refused)]).toEqual([
      503,
      expect.stringContaining("open_requests"),
    ]);
    expect(
      await counter(node, "http_connector_server_errors_total", { type: "DroppedOnOverload" }),
    ).toBe(1);
    await verdict(node.url, part(ids[0]!, 1, "b", true));
    expect(await verdict(node.url, first(ids[2]!, "a"))).toMatchObject({ action: "pass" });
  });

  it("are refused with 503 when they hold too many bytes together, which a finished request gives back", async () => {
    node = await blockingNode({ limits: { held_bytes: 3000 } });
    const [a, b] = [newId(), newId()];
    await verdict(node.url, first(a, "x".repeat(2000)));
    expect((await call(node.url, first(b, "x".repeat(2000)))).status).toBe(503);
    await verdict(node.url, part(a, 1, "end", true));
    expect(await verdict(node.url, first(b, "x".repeat(2000)))).toMatchObject({ action: "pass" });
  });

  it("of a body beyond joined_bytes are judged by what came last", async () => {
    node = await blockingNode({ limits: { joined_bytes: 1000 } });
    const id = newId();
    await verdict(node.url, first(id, "x".repeat(900)));
    await verdict(node.url, part(id, 1, `${"y ".repeat(450)} 1 UNION SEL`));
    expect(await verdict(node.url, part(id, 2, "ECT password FROM users--", true))).toMatchObject({
      action: "block",
    });
  });

  it("stay cheap when there are thousands of small ones", { timeout: 60_000 }, async () => {
    node = await createMockNode();
    const id = newId();
    const parts = [...Array<undefined>(3000)].map((_, i) => part(id, i + 1, "z".repeat(400)));
    await call(node.url, first(id, "z", { mode: "async" }));
    const { status, value } = await call(node.url, ...parts);
    expect([status, (value as unknown[]).length]).toEqual([200, 3000]);
  });
});

describe("a call that is too large", () => {
  it("is refused with 413 before it is read, and the next one is served", async () => {
    node = await createMockNode({ mock: { limits: { call_bytes: 2000 } } });
    const large = await call(node.url, requestMessage({ body: bin("x".repeat(3000)) }));
    expect([large.status, errorOf(large)]).toEqual([413, expect.stringContaining("2000 bytes")]);
    expect(
      await counter(node, "http_connector_server_errors_total", { type: "ReqBodyReading" }),
    ).toBe(1);
    expect(await verdict(node.url, requestMessage())).toMatchObject({ action: "pass" });
  });

  it("is refused with 413 while it is read, when its length was not told", async () => {
    node = await createMockNode({ mock: { limits: { call_bytes: 2000 } } });
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 10; i += 1) controller.enqueue(bin("x".repeat(500)));
        controller.close();
      },
    });
    const headers = {
      "content-type": "application/msgpack",
      "x-wallarm-connector": "flex",
      "x-wallarm-connector-version": "0.1.0",
    };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const answer = await fetch(`${node.url}/connector/v1/messages`, init);
    expect(answer.status).toBe(413);
  });
});
