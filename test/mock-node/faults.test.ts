/** Do faults strike when they are told to, and what is in the answers that they change? */
import { decode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, FaultError, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  attackPath,
  bin,
  call,
  errorOf,
  hex,
  newId,
  requestMessage,
  responseMessage,
  verdict,
  type Wire,
} from "./connector-client.ts";

let node: MockNode;
beforeEach(async () => {
  node = await createMockNode({ route_config: { wallarm_mode: "block" } });
});
afterEach(() => node.close());

describe("faults of the answer", () => {
  const id = newId();
  const strike = async (
    fault: object,
    message: Wire = requestMessage({ id }),
  ): ReturnType<typeof call> => {
    await node.setFaults(fault);
    return call(node.url, message);
  };

  it.each([500, 503, 429])("status answers with %i and an error", async (status) => {
    const answer = await strike({ fault: "status", status });
    expect([answer.status, errorOf(answer)]).toEqual([status, "a fault was asked for"]);
    expect(answer.headers.get("x-wallarm-node")).toBeTruthy();
  });

  it("garbage is no msgpack, and has the length that was asked for", async () => {
    const { status, body } = await strike({ fault: "garbage", bytes: 33 });
    expect([status, body.length]).toEqual([200, 33]);
    expect(() => decode(body)).toThrow();
  });

  it.each<[object, unknown]>([
    [
      { fault: "wrong-id" },
      [{ id: expect.not.objectContaining(id) as unknown, part: 0, action: "pass" }],
    ],
    [{ fault: "wrong-part" }, [{ id, part: 1, action: "pass" }]],
    [{ fault: "no-verdict" }, []],
    [{ fault: "error" }, [{ id, error: "a fault was asked for" }]],
    [
      { fault: "two-verdicts" },
      [
        { id, part: 0, action: "pass" },
        { id, part: 0, action: "block" },
      ],
    ],
    [
      { fault: "two-verdicts", that: "agree" },
      [
        { id, part: 0, action: "pass" },
        { id, part: 0, action: "pass" },
      ],
    ],
    [{ fault: "verdict", action: "block" }, [{ id, part: 0, action: "block", status: 403 }]],
  ])("%j gives that answer", async (fault, expected) => {
    const { status, value } = await strike(fault);
    expect(status).toBe(200);
    expect(value).toEqual(expected);
  });

  it("verdict=pass passes an attack, and the journal says that a fault decided", async () => {
    const { value } = await strike(
      { fault: "verdict", action: "pass" },
      requestMessage({ path: attackPath }),
    );
    expect(value).toMatchObject([{ action: "pass", attacks: ["ptrav"] }]);
    expect(node.journal.attacks()[0]).toMatchObject({
      action: "pass",
      why: "a fault decided: verdict=pass",
    });
  });

  it("unknown-fields and nested add fields to a verdict that is right", async () => {
    const { value } = await strike([{ fault: "unknown-fields" }, { fault: "nested", depth: 20 }]);
    expect(value).toMatchObject([{ id, part: 0, action: "pass", unknown_map: { part: 9 } }]);
    let [{ nested }] = value as [{ nested: unknown }];
    let depth = 0;
    for (; Array.isArray(nested); depth += 1) [nested] = nested as [unknown];
    expect(depth).toBe(20);
  });

  it("no-node-header leaves out the one header that makes it the node's", async () => {
    const { status, headers } = await strike({ fault: "no-node-header" });
    expect([status, headers.get("x-wallarm-node")]).toEqual([200, null]);
  });

  it("delay answers late and right, on top of other faults", async () => {
    const begin = performance.now();
    const { status } = await strike([
      { fault: "delay", ms: 150 },
      { fault: "status", status: 500 },
    ]);
    expect(status).toBe(500);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(149);
  });

  it("a delay past app_reply_timeout is answered with app_reply_timeout_code", async () => {
    await node.close();
    const connector = { app_reply_timeout: "50ms", app_reply_timeout_code: 504 };
    node = await createMockNode({ connector, mock: { faults: [{ fault: "delay", ms: 60_000 }] } });
    const answer = await call(node.url, requestMessage());
    expect([answer.status, errorOf(answer)]).toEqual([
      504,
      "no verdict within app_reply_timeout of 50 ms",
    ]);
  });
});

describe("rules", () => {
  const statuses = async (
    count: number,
    message = (): Wire => requestMessage(),
  ): Promise<number[]> => {
    const seen: number[] = [];
    for (let i = 0; i < count; i += 1) seen.push((await call(node.url, message())).status);
    return seen;
  };

  it("strike `count` times, after the first `after` calls, and count what they did", async () => {
    await node.setFaults([{ fault: "status", count: 2, after: 1 }]);
    expect(await statuses(5)).toEqual([200, 500, 500, 200, 200]);
    const shown = (await (await fetch(`${node.apiUrl}/api/faults`)).json()) as {
      faults: unknown[];
    };
    expect(shown.faults).toMatchObject([
      { fault: "status", status: 500, count: 2, after: 1, matched: 5, struck: 2 },
    ]);
  });

  it("strike with a probability", async () => {
    const draws = [0.9, 0.1, 0.49, 0.5];
    await node.close();
    node = await createMockNode({}, { random: () => draws.shift() ?? 1 });
    await node.setFaults([{ fault: "status", probability: 0.5 }]);
    expect(await statuses(4)).toEqual([200, 500, 500, 200]);
  });

  it.each<[object, Wire, boolean]>([
    [{ type: "request" }, requestMessage(), true],
    [{ type: "response" }, requestMessage(), false],
    [{ type: "response" }, responseMessage(), true],
    [{ mode: "async" }, requestMessage(), false],
    [{ mode: "async" }, requestMessage({ mode: "async" }), true],
    [{ method: "PUT" }, requestMessage({ method: "PUT" }), true],
    [{ method: "PUT" }, requestMessage(), false],
    [{ host: "SHOP.example.com" }, requestMessage({ host: bin("shop.example.com:80") }), true],
    [{ host: "other" }, requestMessage(), false],
    [{ path: "log" }, requestMessage(), true],
    [{ path: "nowhere" }, requestMessage(), false],
    [{ part: 1 }, requestMessage(), false],
    [{ id: "00ff" }, requestMessage({ id: new Uint8Array([0, 255, ...new Uint8Array(14)]) }), true],
    [{ id: "00ff" }, requestMessage({ id: new Uint8Array(16) }), false],
  ])("with match %j ask for what they say", async (match, message, strikes) => {
    await node.setFaults([{ fault: "status", status: 503, match }]);
    expect((await call(node.url, message)).status).toBe(strikes ? 503 : 200);
  });

  it("strike the health check too", async () => {
    await node.setFaults([{ fault: "status", status: 500, match: { type: "health" } }]);
    expect((await fetch(`${node.url}/wallarm-external-health`)).status).toBe(500);
    expect(await statuses(1)).toEqual([200]);
  });

  it.each<[unknown, string]>([
    [{ fault: "explode" }, 'faults[0].fault is "explode": must be one of delay, refuse'],
    [
      [{ fault: "silence" }, { fault: "delay", ms: -1 }],
      "faults[1]: delay.ms is -1: must be an integer from 0 to 600000",
    ],
    [
      { fault: "delay", seconds: 1 },
      "faults[0].seconds is not known: a delay rule knows fault, match",
    ],
    [{ fault: "reset", at: "end" }, 'faults[0]: reset.at is "end": must be begin or middle'],
    [
      { fault: "silence", probability: 2 },
      "faults[0].probability is 2: must be a number from 0 to 1",
    ],
    [{ fault: "silence", count: 0 }, "faults[0].count is 0"],
    [{ fault: "silence", match: { hots: "a" } }, 'faults[0].match.hots is "a": known are type'],
    [{ fault: "refuse", count: 1 }, "refuse is for the whole node"],
    [7, "faults[0] must be an object"],
    ["toString", 'faults[0] is "toString"'],
  ])("that are wrong are refused: %j", async (faults, reason) => {
    await expect(node.setFaults(faults)).rejects.toThrow(FaultError);
    const put = await fetch(`${node.apiUrl}/api/faults`, {
      method: "PUT",
      body: JSON.stringify(faults),
    });
    expect(put.status).toBe(400);
    expect(((await put.json()) as { error: string }).error).toContain(reason);
    expect(await statuses(1)).toEqual([200]);
  });
});

describe("the header of one request", () => {
  beforeEach(async () => {
    await node.close();
    node = await createMockNode({ mock: { allow_request_faults: true } });
  });
  const withFault = (text: string, over: Wire = {}): Wire =>
    requestMessage({ headers: [["X-Mock-Node-Fault", bin(text)]], ...over });

  it("brings faults on that request alone", async () => {
    expect((await call(node.url, withFault("delay=1, status=502"))).status).toBe(502);
    expect((await call(node.url, requestMessage())).status).toBe(200);
    expect(node.journal.messages()[1]?.faults).toEqual(["delay=1", "status=502"]);
  });

  it("may name one part", async () => {
    const id = newId();
    expect((await call(node.url, withFault("status=502;part=1", { id, last: false }))).status).toBe(
      200,
    );
    expect((await call(node.url, { id, part: 1, last: true })).status).toBe(502);
  });

  it.each(["explode", "refuse", "delay=soon", "delay=1;part=x"])(
    "with %s is told as an error of that message",
    async (text) => {
      const { status, value } = await call(node.url, withFault(text));
      expect(status).toBe(200);
      expect((value as Wire[])[0]?.error).toMatch(/^header x-mock-node-fault: /);
    },
  );

  it("changes nothing where mock.allow_request_faults is not true", async () => {
    await node.close();
    node = await createMockNode();
    const message = withFault("status=502");
    expect(hex((await verdict(node.url, message)).id)).toBe(hex(message.id));
  });
});
