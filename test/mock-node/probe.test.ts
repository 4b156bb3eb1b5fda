/** Is a probe judged as any other message is, and seen nowhere? */
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { bin, call, errorOf, newId, requestMessage, type Wire } from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
afterEach(() => node.close());

const probe = (over: Wire = {}): Wire =>
  requestMessage({
    type: "probe",
    client_ip: "",
    host: bin(""),
    path: bin("/"),
    headers: [],
    ...over,
  });

describe("a probe", () => {
  it("gets an ordinary verdict, whatever hosts are allowed, and as often as it is sent", async () => {
    node = await createMockNode({ connector: { allowed_hosts: ["shop.example.com"] } });
    const one = probe();
    for (const message of [one, one, probe({ id: newId() })]) {
      const { status, value } = await call(node.url, message);
      expect([status, value]).toEqual([200, [{ id: message.id, part: 0, action: "pass" }]]);
    }
  });

  it("is in no journal, in no count of requests or messages, and not remembered", async () => {
    node = await createMockNode();
    const before = await node.metrics();
    const one = probe();
    await call(node.url, one);
    const counts = (text: string): string[] =>
      text.split("\n").filter((line) => /_total/.test(line));
    expect(counts(await node.metrics())).toEqual(counts(before));
    expect([node.journal.messages(), node.journal.seq]).toEqual([[], 0]);
    const { value } = await call(node.url, requestMessage({ id: one.id }));
    expect(value).toMatchObject([{ action: "pass" }]);
  });

  it("stands alone in its call", async () => {
    node = await createMockNode();
    const [one, request] = [probe(), requestMessage({ mode: "async" })];
    const { status, value } = await call(node.url, one, request);
    expect(status).toBe(200);
    expect(value).toEqual([
      { id: one.id, part: 0, error: 'a call with type "probe" must hold one message, not 2' },
      expect.objectContaining({ id: request.id, action: "pass" }),
    ]);
  });

  it("must have all that a request has", async () => {
    node = await createMockNode();
    const answer = await call(node.url, probe({ path: undefined }));
    expect([answer.status, errorOf(answer)]).toEqual([400, expect.stringContaining(".path must")]);
  });

  it("is struck by faults that are for all messages or for probes, not by those for requests", async () => {
    node = await createMockNode();
    await node.setFaults({ fault: "status", status: 503, match: { type: "request" } });
    expect((await call(node.url, probe())).status).toBe(200);
    for (const match of [{}, { type: "probe" }]) {
      await node.setFaults({ fault: "status", status: 503, match });
      expect((await call(node.url, probe())).status).toBe(503);
    }
    expect((await call(node.url, requestMessage())).status).toBe(200);
    expect(
      await counter(node, "http_connector_server_messages_seen_total", { type: "total" }),
    ).toBe(1);
  });
});
