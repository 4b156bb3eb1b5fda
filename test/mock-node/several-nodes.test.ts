/** Can the parts of one request reach different nodes, as they do behind one name with many? */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { bin, call, errorOf, newId, requestMessage, type Wire } from "./connector-client.ts";
import { counter } from "./counters.ts";

let nodes: MockNode[];
beforeEach(async () => {
  const config = {
    connector: { allowed_hosts: ["shop.example.com"] },
    route_config: { wallarm_mode: "block" },
    mock: { limits: { part_wait: "10s" } },
  };
  nodes = await Promise.all([createMockNode(config), createMockNode(config)]);
});
afterEach(() => Promise.all(nodes.map((node) => node.close())));

/** An attack that is whole with part 2. */
function parts(over: Wire = {}): [Wire, Wire, Wire] {
  const id = newId();
  const later = (part: number, last: boolean, body: string): Wire => ({
    id,
    part,
    last,
    mode: "sync",
    body: bin(body),
  });
  return [
    requestMessage({ id, last: false, method: "POST", body: bin("q=1 UNI"), ...over }),
    later(1, false, "ON SELECT pass"),
    later(2, true, "word FROM users--"),
  ];
}

describe("a part whose earlier ones another node has", () => {
  it("is answered at once with the lowest part that is lacking", async () => {
    const [zero, one, two] = parts();
    const [first, second] = nodes as [MockNode, MockNode];
    await call(first.url, zero);
    const { status, value } = await call(second.url, one);
    expect([status, value]).toEqual([200, [{ id: one.id, part: 1, lacks: 0 }]]);
    expect((await call(first.url, two)).value).toEqual([{ id: two.id, part: 2, lacks: 1 }]);
    expect(second.journal.messages()).toEqual([]);
    for (const type of ["MsgDataFormat", "DuplicateReqId"])
      expect(await counter(second, "http_connector_server_errors_total", { type })).toBe(0);
  });

  it.each([0, 1, 2])("is judged with all parts in one call, by a node that has %i", async (had) => {
    const all = parts();
    const node = nodes[0]!;
    for (const message of all.slice(0, had)) await call(node.url, message);
    const { status, value } = await call(node.url, ...all);
    expect(status).toBe(200);
    const verdicts = value as Wire[];
    expect(verdicts.map(({ part }) => part)).toEqual([0, 1, 2]);
    expect(verdicts[2]).toMatchObject({ action: "block", attacks: ["sqli"] });
    expect(node.journal.messages()).toHaveLength(3);
    expect(await counter(node, "http_connector_server_requests_blocked_total")).toBe(1);
  });

  it("may follow parts that went there meanwhile", async () => {
    const [zero, one, two] = parts();
    for (const node of nodes) await call(node.url, zero, one);
    for (const node of nodes)
      expect((await call(node.url, two)).value).toMatchObject([{ part: 2, action: "block" }]);
  });
});

describe("a call with all parts of one request", () => {
  it("is refused as a whole where one of them may not be processed", async () => {
    const other = await call(nodes[0]!.url, ...parts({ host: bin("other.example.com") }));
    expect([other.status, errorOf(other)]).toEqual([415, expect.stringContaining("allowed_hosts")]);
    const [zero, one] = parts();
    const malformed = await call(nodes[0]!.url, zero, { ...one, last: 7 });
    expect([malformed.status, errorOf(malformed)]).toEqual([
      400,
      expect.stringMatching(/^messages\[1\]\.last must be bool/),
    ]);
  });
});
