/** Does a message that is sent again get the verdict that it got, and count once? */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  attackPath,
  bin,
  call,
  hex,
  newId,
  requestMessage,
  type Wire,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
beforeEach(async () => {
  node = await createMockNode({ route_config: { wallarm_mode: "block" } });
});
afterEach(() => node.close());

const server = (name: string, labels: Record<string, string> = {}): Promise<number> =>
  counter(node, `http_connector_server_${name}`, labels);
const begin = (over: Wire = {}): Wire =>
  requestMessage({ last: false, method: "POST", body: bin("q=1 UNI"), ...over });
const part = (id: unknown, number: number, body: string, over: Wire = {}): Wire => ({
  id,
  part: number,
  last: false,
  mode: "sync",
  body: bin(body),
  ...over,
});

describe("the same message, sent again", () => {
  it.each<[string, Wire]>([
    ["a request that passes", requestMessage()],
    ["a request that is blocked", requestMessage({ path: attackPath })],
    ["a first part", begin()],
    ["a copy", requestMessage({ mode: "async" })],
  ])("gets the same verdict, and counts once: %s", async (_, message) => {
    const first = await call(node.url, message);
    const again = await call(node.url, message);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(node.journal.messages()).toHaveLength(1);
    expect(await server("messages_seen_total", { type: "total" })).toBe(1);
    expect(await server("messages_processed_total", { type: "request" })).toBe(1);
    expect(await counter(node, "http_inspector_requests_processed_total")).toBe(1);
    const blocked = Number(message.path === attackPath);
    expect(await server("requests_blocked_total")).toBe(blocked);
    expect(await server("errors_total", { type: "DuplicateReqId" })).toBe(0);
  });

  it("is answered while the first is still being judged", async () => {
    const message = requestMessage({ path: attackPath });
    const answers = await Promise.all([1, 2, 3].map(() => call(node.url, message)));
    for (const { value } of answers) expect(value).toMatchObject([{ action: "block" }]);
    expect(node.journal.messages()).toHaveLength(1);
  });

  it("may be a part that others have followed, and the last one too", async () => {
    const [message, id] = [begin(), newId()];
    message.id = id;
    const one = part(id, 1, "ON SELECT a FROM b--", { last: true });
    await call(node.url, message);
    const verdict = await call(node.url, one);
    expect(verdict.value).toMatchObject([{ part: 1, action: "block" }]);
    expect((await call(node.url, one)).value).toEqual(verdict.value);
    expect((await call(node.url, message)).value).toMatchObject([{ part: 0, action: "pass" }]);
    expect(node.journal.messages()).toHaveLength(2);
  });
});

describe("another message with the same id and part", () => {
  it.each<[string, (id: Uint8Array) => Wire[], number]>([
    [
      "a second request",
      (id) => [requestMessage({ id }), requestMessage({ id, method: "PUT" })],
      0,
    ],
    ["a second part 1", (id) => [begin({ id }), part(id, 1, "a"), part(id, 1, "b")], 1],
    [
      "an earlier part",
      (id) => [begin({ id }), part(id, 1, "a"), begin({ id, path: bin("/2") })],
      0,
    ],
  ])("is refused, and counted: %s", async (_, messagesOf, number) => {
    const id = newId();
    const messages = messagesOf(id);
    for (const message of messages.slice(0, -1)) await call(node.url, message);
    const { status, value } = await call(node.url, messages.at(-1));
    const error = `id ${hex(id)}: part ${number} came before, with other bytes`;
    expect([status, value]).toEqual([200, [{ id, part: number, error }]]);
    expect(await server("errors_total", { type: "DuplicateReqId" })).toBe(1);
    expect(node.journal.messages()[0]).toMatchObject({ action: "error", why: error });
  });
});
