/** What becomes of each message of a batch, whatever the node makes of the call, and what does the operator get to see? */
import { encode } from "@msgpack/msgpack";
import { beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../support/node/messages.ts";
import { block, http, pass, verdictOn, verdicts } from "../support/node/replies.ts";
import type { Reply, Verdict } from "../support/node/replies.ts";
import { ScriptedHost, Status } from "../support/scripted-host.ts";

const MINUTE = 60_000_000_000n;
const REQUESTS = 5;

let host: ScriptedHost;
let ids: string[];

/** Five requests of one part, then the tick that sends them. */
function gather(): readonly Message[] {
  for (let i = 0; i < REQUESTS; i++) host.requestHeaders(host.stream(), true);
  host.tick();
  const messages = host.calls.at(-1).messages;
  ids = messages.map(({ id }) => id);
  return messages;
}

const counted = (): number[] => [host.metrics.outbox_sent ?? 0, host.metrics.outbox_dropped ?? 0];
const dropLines = (): string[] => host.lines.filter((line) => line.includes("dropped"));

beforeEach(() => {
  host = new ScriptedHost();
  host.configure({ wallarm_mode: "async", node_timeout_ms: 1000 });
});

describe("a batch of responses alone", () => {
  beforeEach(() => {
    const stream = host.stream();
    host.requestHeaders(stream, true);
    host.tick();
    host.reply(pass(host.calls.at(-1).messages));
    host.response(stream);
    host.tick();
    expect(host.calls.at(-1).messages.map(({ type }) => type)).toEqual(["response"]);
  });

  test.each<[string, Uint8Array, number[]]>([
    ["an empty array", encode([]), [2, 0]],
    [
      "verdicts on other messages",
      encode([{ id: new Uint8Array(16), part: 0, action: "pass" }]),
      [2, 0],
    ],
    ["nothing", new Uint8Array(), [1, 1]],
    ["a page", Buffer.from("<html>login</html>"), [1, 1]],
    ["a map", encode({ ok: true }), [1, 1]],
    ["two bytes that are no msgpack", new Uint8Array([0xc1, 0xc1]), [1, 1]],
  ])("is taken or lost by what the node answers: %s", (_, body, counts) => {
    host.reply(http(200, body));
    expect(counted()).toEqual(counts);
  });
});

describe("each message of a batch has its own verdict", () => {
  test.each([
    ["in the order of the messages", (all: Verdict[]): Verdict[] => all],
    ["backwards", (all: Verdict[]): Verdict[] => all.reverse()],
    ["from the middle on", (all: Verdict[]): Verdict[] => [...all.slice(2), ...all.slice(0, 2)]],
  ])("%s", (_order, arrange) => {
    const messages = gather();
    host.reply(verdicts(...arrange(messages.map((each) => verdictOn(each, "pass")))));
    expect(counted()).toEqual([REQUESTS, 0]);
  });

  test("pass or block: either way it was judged", () => {
    const messages = gather();
    host.reply(block(messages));
    expect(counted()).toEqual([REQUESTS, 0]);
    expect([host.acts, host.localResponses]).toEqual([[], []]);
  });

  test("one that has none is dropped, and the line tells which", () => {
    const messages = gather();
    host.reply(pass(messages.filter((_, i) => i !== 3)));
    expect(counted()).toEqual([REQUESTS - 1, 1]);
    expect(host.metrics["no_verdict.no_verdict_in_answer"]).toBe(1);
    expect(dropLines()).toHaveLength(1);
    expect(dropLines()[0]).toMatch(
      /messages for the node dropped: 1, the last: no verdict in answer$/,
    );
    expect(dropLines()[0]).toContain(`[req: ${ids[3]}]`);
  });

  test("one that the node could not judge is dropped, with the node's reason", () => {
    const messages = gather();
    const all = messages.map((each) => verdictOn(each, "pass"));
    const error = { id: all[1]!.id, error: "no\ntime" };
    host.reply(http(200, encode([error, ...all.filter((_, i) => i !== 1)])));
    expect(counted()).toEqual([REQUESTS - 1, 1]);
    expect(host.metrics["no_verdict.undecided_by_node"]).toBe(1);
    expect(dropLines()[0]).toContain(`[req: ${ids[1]}]`);
    expect(dropLines()[0]).toMatch(/dropped: 1, the last: undecided by node: no\?time$/);
  });

  test("parts of one request are told apart", () => {
    host = new ScriptedHost();
    host.configure({ wallarm_mode: "async", request_body_limit: 4 });
    const stream = host.stream();
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "12345678", true);
    host.tick();
    const messages = host.calls[0]!.messages;
    expect(messages.map(({ part }) => part)).toEqual([0, 1]);
    const both = messages.map((each) => verdictOn(each, "pass"));
    host.reply(verdicts(both[1]!, both[1]!));
    expect(counted()).toEqual([1, 1]);
  });

  test.each([
    [
      "for another id",
      (m: Message): Verdict => ({ ...verdictOn(m, "pass"), id: new Uint8Array(16) }),
    ],
    ["for another part", (m: Message): Verdict => ({ ...verdictOn(m, "pass"), part: 7 })],
    [
      "without a part",
      (m: Message): Verdict => ({ id: verdictOn(m, "").id, action: "pass" }) as Verdict,
    ],
    ["with an unknown action", (m: Message): Verdict => verdictOn(m, "perhaps")],
    ["with a long action", (m: Message): Verdict => verdictOn(m, "passpasspass")],
  ])("a verdict %s is none", (_what, spoil) => {
    const messages = gather();
    host.reply(verdicts(...messages.map(spoil)));
    expect(counted()).toEqual([0, REQUESTS]);
  });

  test("fields that nobody knows are passed over, in any order", () => {
    const messages = gather();
    const all = messages.map((each) => ({
      "a-key-longer-than-eight": { deep: [1, { er: "x" }] },
      action: "pass",
      attacks: ["sqli", "xss"],
      part: each.part,
      status: 403,
      id: Buffer.from(each.id, "hex"),
    }));
    host.reply(http(200, encode(all)));
    expect(counted()).toEqual([REQUESTS, 0]);
  });
});

describe("all of a batch is dropped", () => {
  const rubbish = Uint8Array.from([0xc1, 1, 2]);
  test.each<[string, string, Reply]>([
    [
      "when the call is too large for the node",
      "rejected_by_node",
      http(413, encode({ error: "too large" })),
    ],
    ["when the node has failed", "node_error", http(500, encode({ error: "oops" }))],
    ["when its hosts are not served", "host_not_served", http(415, encode({ error: "host" }))],
    ["when the answer is empty", "malformed_answer", http(200)],
    ["when the answer is no msgpack", "malformed_answer", http(200, rubbish)],
    [
      "when something follows the verdicts",
      "malformed_answer",
      http(200, Uint8Array.from([0x90, 0xc0])),
    ],
    ["when the answer is too large", "answer_too_large", http(200, new Uint8Array(65_537))],
    [
      "when something else answers",
      "not_a_node",
      { ...(http(200) as Reply & { kind: "http" }), node: false },
    ],
    [
      "when the gateway answers that nothing came",
      "timed_out",
      { ...(http(504) as Reply & { kind: "http" }), node: false },
    ],
  ])("%s", (_when, outcome, reply) => {
    gather();
    host.reply(reply);
    expect(counted()).toEqual([0, REQUESTS]);
    expect(host.metrics[`no_verdict.${outcome}`]).toBe(REQUESTS);
    expect(dropLines()).toHaveLength(1);
    expect(dropLines()[0]).toContain(`messages for the node dropped: ${REQUESTS}, the last: `);
    for (let i = 0; i < 30; i++) host.tick();
    expect(host.calls).toHaveLength(1);
  });

  test("when no answer ever comes, by the policy's own deadline", () => {
    gather();
    for (let i = 0; i < 20; i++) host.tick();
    expect(counted()).toEqual([0, 0]);
    host.tick();
    expect(counted()).toEqual([0, REQUESTS]);
    host.reply(pass(host.calls[0]!.messages), host.calls[0]);
    expect(counted()).toEqual([0, REQUESTS]);
  });

  test.each(["refused by the host", "answered by the gateway, as nothing listens there"])(
    "when it is %s, twice",
    (what) => {
      const refused = what.startsWith("refused");
      const why = "upstream connect error, reset reason: remote connection failure";
      const byGateway: Reply = { kind: "http", status: 503, body: Buffer.from(why), node: false };
      if (refused) host.statuses.proxy_http_call = Status.InternalFailure;
      else gather();
      if (refused) {
        for (let i = 0; i < REQUESTS; i++) host.requestHeaders(host.stream(), true);
        host.tick();
      } else host.reply(byGateway);
      expect(counted()).toEqual([0, 0]);
      host.tick();
      if (!refused) {
        expect(host.calls.map(({ messages }) => messages.length)).toEqual([REQUESTS, REQUESTS]);
        host.reply(byGateway);
      }
      expect(counted()).toEqual([0, REQUESTS]);
      for (let i = 0; i < 30; i++) host.tick();
      expect(counted()).toEqual([0, REQUESTS]);
    },
  );
});

describe("what is dropped is told", () => {
  const lose = (): void => {
    gather();
    host.reply(http(500));
  };

  test("once a minute, with how many it was since the last time", () => {
    lose();
    for (let i = 0; i < 3; i++) lose();
    expect(dropLines()).toHaveLength(1);
    host.now += MINUTE;
    lose();
    expect(dropLines()).toHaveLength(2);
    expect(dropLines()[1]).toContain(`dropped: ${3 * REQUESTS}, the last: node error: status 500`);
  });

  test("when the minute is over, though nothing more is dropped; then the timer stops", () => {
    lose();
    lose();
    for (let i = 0; i < 50; i++) host.tick();
    expect(dropLines()).toHaveLength(1);
    expect(host.tickPeriod).toBe(100);
    host.now += MINUTE;
    host.tick();
    expect(dropLines()).toHaveLength(2);
    expect(dropLines()[1]).toContain(`messages for the node dropped: ${REQUESTS}, `);
    for (let i = 0; i < 30; i++) host.tick();
    expect(host.tickPeriod).toBe(0);
    expect(dropLines()).toHaveLength(2);
  });
});

describe("a policy that is replaced", () => {
  test("sends what it has gathered, and is done with the answer", () => {
    host.requestHeaders(host.stream(), true);
    expect(host.done()).toBe(0);
    expect(host.calls).toHaveLength(1);
    expect(host.acts).toEqual([]);
    host.reply(pass(host.calls[0]!.messages));
    expect(host.acts).toEqual(["done"]);
    expect(counted()).toEqual([1, 0]);
  });

  test("waits for what was under way before too", () => {
    gather();
    host.requestHeaders(host.stream(), true);
    expect(host.done()).toBe(0);
    expect(host.calls).toHaveLength(2);
    host.reply(pass(host.calls[0]!.messages), host.calls[0]);
    expect(host.acts).toEqual([]);
    host.reply(pass(host.calls[1]!.messages), host.calls[1]);
    expect(host.acts).toEqual(["done"]);
  });

  test("is done at once where nothing is gathered", () => {
    gather();
    host.reply(pass(host.calls[0]!.messages));
    expect(host.done()).toBe(1);
    expect(host.acts).toEqual([]);
  });

  test("is done by the deadline when no answer comes, and tells what it lost", () => {
    gather();
    host.requestHeaders(host.stream(), true);
    expect(host.done()).toBe(0);
    for (let i = 0; i < 21; i++) host.tick();
    expect(host.acts).toEqual(["done"]);
    expect(counted()).toEqual([0, REQUESTS + 1]);
    const told = dropLines().map((line) => Number(/dropped: (\d+),/.exec(line)?.[1]));
    expect(told.reduce((sum, one) => sum + one)).toBe(REQUESTS + 1);
  });

  test("is done after the second refusal where nothing can be sent", () => {
    host.requestHeaders(host.stream(), true);
    host.statuses.proxy_http_call = Status.InternalFailure;
    expect(host.done()).toBe(0);
    host.tick();
    expect(host.acts).toEqual(["done"]);
    expect(counted()).toEqual([0, 1]);
  });
});
