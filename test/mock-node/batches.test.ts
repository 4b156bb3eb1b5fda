/** Is a batch refused message by message, so that one client can't blind the node for all? */
import { encode } from "@msgpack/msgpack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { attackPath, bin, call, callBytes, newId, requestMessage } from "./connector-client.ts";
import { responseMessage, type Wire } from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
beforeAll(async () => {
  const connector = { allowed_hosts: ["shop.example.com"] };
  node = await createMockNode({ connector, mock: { limits: { part_wait: "20ms" } } });
});
afterAll(() => node.close());

const copy = (over: Wire = {}): Wire => requestMessage({ mode: "async", ...over });
const without = (message: Wire, key: string): Wire => {
  const { [key]: _, ...rest } = message;
  return rest;
};

describe("a batch with one message that is wrong", () => {
  const id = newId();
  it.each<[string, unknown, object | undefined]>([
    ["a scheme that is none", copy({ id, scheme: "ftp" }), { id, part: 0 }],
    ["a part that is no number", copy({ id, part: "1" }), { id }],
    ["an id that is too short", copy({ id: new Uint8Array(3) }), undefined],
    ["no map at all", 7, undefined],
    ["a host that is not served", copy({ id: newId(), host: bin("other") }), { part: 0 }],
    ["a message that waits", requestMessage({ id }), { id, part: 0 }],
    ["a response without a status", without(responseMessage({ id }), "status"), { id }],
  ])("judges all others: %s", async (_, wrong, told) => {
    const good = [copy({ path: attackPath }), copy()];
    const batch = encode([good[0], wrong, good[1]], { useBigInt64: true });
    const { status, value } = await callBytes(node.url, batch);
    expect(status).toBe(200);
    expect(value).toEqual([
      expect.objectContaining({ id: good[0]!.id, action: "pass", attacks: ["ptrav"] }),
      ...(told ? [{ ...told, ...anyIdOf(wrong), error: expect.any(String) as unknown }] : []),
      expect.objectContaining({ id: good[1]!.id, action: "pass" }),
    ]);
  });

  it("counts what is wrong with it", async () => {
    const errors = (): Promise<number> =>
      counter(node, "http_connector_server_errors_total", { type: "MsgDataFormat" });
    const before = await errors();
    await call(node.url, copy(), copy({ headers: 1 }), copy({ scheme: "" }));
    expect((await errors()) - before).toBe(2);
  });
});

function anyIdOf(message: unknown): object {
  return { id: (message as Wire).id };
}

describe("scheme and method that are none of the contract's", () => {
  it("come beside those that are, and are kept", async () => {
    const raw = { raw_scheme: bin("w\xe9s"), raw_method: bin("GE T"), method: "GE_T" };
    await call(node.url, copy(raw));
    expect(node.journal.messages()[0]).toMatchObject({
      scheme: "http",
      rawScheme: "w\xe9s",
      method: "GE_T",
      rawMethod: "GE T",
    });
  });
});
