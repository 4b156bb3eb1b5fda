/** What becomes of a request whose processor answers, fails or falls silent in each of the ways that a stream of gRPC has? */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, type ScriptedHost, Status } from "../support/scripted-host.ts";
import { beginStream } from "./support/begin-stream.ts";

const { Continue, StopIteration } = HeadersStatus;
/** Answers to the kinds of messages, and a refusal with 403. */
const HEAD = "0a00";
const BODY = "1a00";
/** To the head: CONTINUE_AND_REPLACE, of which no body follows. */
const HEAD_ALONE = "0a040a020801";
const RESPONSE_HEAD = "1200";
const RESPONSE_BODY = "2200";
const RESPONSE_TRAILERS = "3200";
const REFUSAL = "3a050a03089303";
const MORE_TIME = "5202086f";
const RUBBISH = "ffffffff";

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  const common = { wallarm_node: "h2://node:5080", node_timeout_ms: 300 };
  ({ host, stream } = beginStream({ ...common, ...config }));
}

function waitFor(ticks: number): void {
  for (let tick = 0; tick < ticks; tick++) host.tick();
}

afterEach(() => expect(host.grpcStrays, "calls for streams that are ended").toEqual([]));

const reasons = (): string[] =>
  Object.keys(host.metrics).filter((name) => name.startsWith("no_verdict."));
const dropped = (): number => host.metrics.outbox_dropped ?? 0;
const counted = (): [sent: number, dropped: number] => [host.metrics.outbox_sent ?? 0, dropped()];

/** The question, and when it is asked once more; then the health service. */
function failAll(fail: () => void): void {
  fail();
  for (let again = 0; again < 3 && host.grpcStreams.size > 0; again++) fail();
}

const ACTIONS = ["pass", "block"] as const;
const madeOf = (action: string): [string[], number[]] =>
  action === "pass" ? [["continue"], []] : [[], [403]];

describe.each(ACTIONS)("where there is no processor, fallback_action %s", (action) => {
  const decided = madeOf(action);
  const other = action === "pass" ? "block" : "pass";
  beforeEach(() => begin({ fallback_action: action, unjudged_action: other }));

  test.each<[string, string, () => void]>([
    ["can't be reached", "unreachable", () => host.grpcClose(14)],
    ["runs out of time by itself", "timed_out", () => host.grpcClose(4)],
    ["knows no such service", "not_a_node", () => host.grpcClose(12)],
    ["is cut off", "connection_lost", () => host.grpcClose(13)],
    ["says nothing in time", "timed_out", () => waitFor(5)],
    ["asks for time and then says nothing", "timed_out", () => moreTime()],
  ])("decides where the processor %s, and the health service too", (_, reason, fail) => {
    expect(host.requestHeaders(stream, true)).toBe(StopIteration);
    host.loseProbes();
    failAll(fail);
    host.loseProbes();
    expect([host.acts, host.localResponses]).toEqual(decided);
    expect(reasons().join()).toContain(reason);
    expect(Object.values(reasons())).toHaveLength(1);
    expect([...host.grpcStreams]).toEqual([]);
    expect(dropped()).toBe(0);
    host.endOfStream(stream);
    expect(host.done(), "nothing is waited for").toBe(1);
  });

  test("decides where nothing was heard since, but of a body that nobody asks about", () => {
    begin({ fallback_action: action, unjudged_action: other, header_holding: "off" });
    host.requestHeaders(stream, false, "POST");
    host.grpcMessage(HEAD_ALONE);
    host.requestHeaders(host.stream(), true);
    expect(host.requestBody(stream, "some", true)).toBe(DataStatus.Continue);
    host.probes.length = 0;
    const before = host.acts.length;
    waitFor(30);
    expect(host.localResponses).toEqual(decided[1]);
    expect(host.acts.slice(before)).toEqual(decided[0]);
  });

  test("decides where no stream can be opened, and nothing is called for it afterwards", () => {
    host.statuses.proxy_http_call = Status.InternalFailure;
    host.statuses.proxy_grpc_stream = Status.InternalFailure;
    const passes = action === "pass";
    expect(host.requestHeaders(stream, true)).toBe(passes ? Continue : StopIteration);
    host.endOfStream(stream);
    expect(host.localResponses).toEqual(decided[1]);
  });
});

describe.each(ACTIONS)("where a processor lives, unjudged_action %s", (action) => {
  const decided = madeOf(action);
  const other = action === "pass" ? "block" : "pass";
  beforeEach(() => begin({ fallback_action: other, unjudged_action: action }));

  test.each<[string, string, () => void]>([
    ["ends in good order before it says anything", "no_verdict", () => host.grpcClose(0)],
    ["fails", "node_error", () => host.grpcClose(2)],
    ["says what is no message", "malformed", () => host.grpcMessage(RUBBISH)],
    ["answers to what it was not told", "malformed", () => host.grpcMessage(BODY)],
  ])("decides at once where it %s", (_, reason, fail) => {
    expect(host.requestHeaders(stream, true)).toBe(StopIteration);
    host.probes.length = 0;
    fail();
    expect([host.acts, host.localResponses]).toEqual(decided);
    expect(reasons().join()).toContain(reason);
    expect([...host.grpcStreams]).toEqual([]);
    expect(host.probes).toEqual([]);
  });

  test.each<[string, string, () => void]>([
    ["runs out of time by itself", "timed_out", () => host.grpcClose(4)],
    ["is cut off", "connection_lost", () => host.grpcClose(13)],
    ["says nothing in time", "timed_out", () => waitFor(5)],
    ["asks for time and then says nothing", "timed_out", () => moreTime()],
  ])("decides where it %s, and the health service answers", (_, reason, fail) => {
    host.requestHeaders(stream, true);
    host.answerProbe(true);
    for (let again = 0; again < 3 && host.grpcStreams.size > 0; again++) {
      failAll(fail);
      while (host.probes.length > 0) host.answerProbe(true);
    }
    expect([host.acts, host.localResponses]).toEqual(decided);
    expect(reasons().join()).toContain(reason);
  });

  test("decides where the gateway takes no message for it: who was told nothing has let nothing pass", () => {
    host.statuses.proxy_grpc_send = Status.InternalFailure;
    host.requestHeaders(stream, true);
    for (let again = 0; again < 9 && host.probes.length > 0; again++) host.answerProbe(true);
    expect([host.acts, host.localResponses]).toEqual(decided);
    expect(reasons()).toEqual(["no_verdict.connection_lost"]);
    expect([host.grpcStreams.size, dropped()]).toEqual([0, 0]);
  });

  test("is asked anew about all parts where the gateway did not take one of them", () => {
    begin({ fallback_action: other, unjudged_action: action, request_body_limit: 2 });
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "ab", false);
    host.grpcMessage(HEAD);
    host.statuses.proxy_grpc_send = Status.InternalFailure;
    host.grpcMessage(BODY);
    host.requestBody(stream, "cd", true);
    delete host.statuses.proxy_grpc_send;
    while (host.probes.length > 0) host.answerProbe(true);
    expect([host.acts, host.localResponses]).toEqual([[], []]);
    host.grpcMessage(HEAD);
    host.grpcMessage(BODY);
    expect([host.acts, host.localResponses]).toEqual([[], []]);
    host.grpcMessage(BODY);
    expect([host.acts, host.localResponses]).toEqual([["continue"], []]);
    expect([...host.grpcStreams.values()]).toEqual([3]);
  });

  test("does not decide where it has answered, and then ends in good order", () => {
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    host.grpcMessage(HEAD);
    host.grpcClose(0);
    expect(host.requestBody(stream, "rest", true)).toBe(DataStatus.Continue);
    expect(host.localResponses).toEqual([]);
    expect(host.grpcStreams.size).toBe(0);
  });
});

function moreTime(): void {
  host.grpcMessage(MORE_TIME);
  expect([host.acts, host.localResponses]).toEqual([[], []]);
  waitFor(5);
}

describe("a request that was let go", () => {
  const passed = (): void => {
    host.requestHeaders(stream, true);
    host.grpcMessage(HEAD);
    expect(host.acts).toEqual(["continue"]);
  };
  beforeEach(() => begin({ fallback_action: "block" }));

  test("and whose stream breaks before its response has lost the three messages of that, when they come about", () => {
    passed();
    host.grpcClose(14);
    expect([counted(), host.localResponses]).toEqual([[0, 0], []]);
    expect(host.response(stream)[0]).toBe(Continue);
    expect([counted(), host.localResponses]).toEqual([[0, 3], []]);
  });

  test("and whose response's head is not answered in time lets that go on, and counts all its messages", () => {
    passed();
    expect(host.response(stream)[0]).toBe(StopIteration);
    waitFor(5);
    expect(host.acts).toEqual(["continue", "continue"]);
    expect([counted(), host.localResponses, [...host.grpcStreams]]).toEqual([[0, 3], [], []]);
  });

  const toldAll = (): void => {
    passed();
    host.response(stream);
    host.grpcMessage(RESPONSE_HEAD);
    host.endOfStream(stream);
    expect(host.grpcClosed.size).toBe(1);
    expect(counted()).toEqual([0, 0]);
  };

  test.each<[string, () => void, [number, number]]>([
    ["is answered and the stream breaks", () => answeredAnd(() => host.grpcClose(13)), [3, 0]],
    ["is answered and nothing more is said", () => answeredAnd(() => waitFor(55)), [3, 0]],
    ["is not answered, and the stream ends well", () => host.grpcClose(0), [3, 0]],
    ["is not answered, and the stream breaks", () => host.grpcClose(13), [1, 2]],
    ["is not answered for five seconds", () => waitFor(55), [1, 2]],
  ])("counts the rest of its response by what becomes of it: it %s", (_, end, counts) => {
    toldAll();
    end();
    expect([counted(), host.grpcStreams.size]).toEqual([counts, 0]);
  });

  function answeredAnd(end: () => void): void {
    host.grpcMessage(RESPONSE_BODY);
    host.grpcMessage(RESPONSE_TRAILERS);
    end();
  }

  test("and whose client goes while the head of its response is held has lost it", () => {
    passed();
    host.response(stream);
    host.endOfStream(stream);
    expect([counted(), host.grpcStreams.size]).toEqual([[0, 3], 0]);
  });

  test("is not asked about again when its client goes while it is found out whether the node lives", () => {
    host.requestHeaders(stream, true);
    failAll(() => host.grpcClose(13));
    const told = host.grpcMessages.length;
    host.endOfStream(stream);
    while (host.probes.length > 0) host.answerProbe(true);
    expect([host.grpcMessages.length, host.grpcStreams.size]).toEqual([told, 0]);
    expect(reasons()).toEqual(["no_verdict.connection_lost"]);
    expect(host.done(), "nothing is waited for").toBe(1);
  });

  test("is not told of when its client goes while an answer is waited for", () => {
    host.requestHeaders(stream, true);
    host.endOfStream(stream);
    expect([host.grpcStreams.size, dropped(), host.acts]).toEqual([0, 0, []]);
  });
});

test.each<[string, () => void]>([
  ["at once", () => host.requestHeaders(stream, true)],
  [
    "from a tick, as its body does not come",
    () => {
      host.requestHeaders(stream, false, "POST");
      waitFor(2);
    },
  ],
  [
    "once more, when its stream was lost",
    () => {
      host.requestHeaders(stream, true);
      host.grpcMessages.length = 0;
      host.grpcClose(14);
    },
  ],
])("the client's address is sent with a head that is sent %s", (_, send) => {
  begin({});
  host.properties["source.address"] = "203.0.113.7:4711";
  send();
  expect(host.grpcMessages).toHaveLength(1);
  expect(Buffer.from(host.grpcMessages[0]!).toString("latin1")).toContain("203.0.113.7:4711");
});

test("a response goes on, and its request is judged, where the gateway takes no message about the response", () => {
  begin({ fallback_action: "block", header_holding: "off", request_body_limit: 2 });
  host.requestHeaders(stream, false, "POST", [["content-length", "4"]]);
  host.grpcMessage(HEAD);
  host.requestBody(stream, "abcd", true);
  host.statuses.proxy_grpc_send = Status.InternalFailure;
  expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
  delete host.statuses.proxy_grpc_send;
  expect(host.acts).toEqual(["continue"]);
  waitFor(1);
  while (host.probes.length > 0) host.answerProbe(true);
  for (const answer of [HEAD, BODY, BODY]) host.grpcMessage(answer);
  expect(host.acts).toEqual(["continue", "continue"]);
  expect(host.localResponses).toEqual([]);
  host.endOfStream(stream);
  host.grpcClose(0);
  expect(host.grpcStreams.size).toBe(0);
});

test("a processor may refuse a request while its body still comes", () => {
  begin({ fallback_action: "pass" });
  host.requestHeaders(stream, false, "POST");
  waitFor(2);
  host.grpcMessage(HEAD);
  waitFor(3);
  host.grpcMessage(REFUSAL);
  expect(host.localResponses).toEqual([403]);
  expect(host.requestBody(stream, "rest", true)).toBe(DataStatus.StopNoBuffer);
  expect(host.grpcStreams.size).toBe(0);
});

test("a processor may refuse a request whose body it does not want to hear, while that still comes", () => {
  begin({ fallback_action: "pass", request_body_limit: 2 });
  host.requestHeaders(stream, false, "POST");
  host.requestBody(stream, "ab", false);
  host.grpcMessage(HEAD_ALONE);
  expect([host.acts, [...host.grpcStreams.values()]]).toEqual([[], [1]]);
  host.grpcMessage(REFUSAL);
  expect([host.acts, host.localResponses, dropped()]).toEqual([[], [403], 0]);
});

describe("an API that answers early, and whose answer is refused", () => {
  test("is one refusal, though its request was asked about too, and nothing more of that goes on", () => {
    begin({ fallback_action: "pass", header_holding: "off" });
    host.requestHeaders(stream, false, "POST", [["content-length", "8"]]);
    host.grpcMessage(HEAD);
    expect(host.response(stream)[0]).toBe(StopIteration);
    host.requestBody(stream, "some", false);
    host.requestBody(stream, "more", true);
    host.grpcMessage(REFUSAL);
    expect([host.localResponses, host.acts]).toEqual([[403], ["continue"]]);
    expect([host.metrics.requests_blocked, host.metrics.held_bytes ?? 0]).toEqual([1, 0]);
    expect(host.requestTrailers(stream)).toBe(StopIteration);
  });

  test.each<[string, () => number, number]>([
    ["body", () => host.requestBody(stream, "", true), DataStatus.StopNoBuffer],
    ["trailers", () => host.requestTrailers(stream), StopIteration],
  ])("stops what still comes of its request, though that was judged: %s", (_, more, stopped) => {
    begin({ fallback_action: "pass" });
    host.requestHeaders(stream, false, "POST", [["content-length", "0"]]);
    host.grpcMessage(HEAD);
    host.response(stream);
    host.grpcMessage(REFUSAL);
    expect([host.acts, host.localResponses]).toEqual([["continue"], [403]]);
    expect(more()).toBe(stopped);
  });
});

describe("a processor that only observes", () => {
  beforeEach(() => begin({ wallarm_mode: "async", fallback_action: "block" }));

  test.each([REFUSAL, RUBBISH, BODY])("may say %s: nobody looks at it", (answer) => {
    expect(host.requestHeaders(stream, false, "POST")).toBe(Continue);
    host.grpcMessage(answer);
    host.requestBody(stream, "some", true);
    expect([...host.grpcStreams.values()]).toEqual([2]);
    expect([host.localResponses, dropped()]).toEqual([[], 0]);
  });

  test("may end its stream in good order, and then hears no more", () => {
    host.requestHeaders(stream, false, "POST");
    host.grpcClose(0);
    host.requestBody(stream, "some", true);
    expect([host.grpcStreams.size, dropped()]).toEqual([0, 0]);
  });

  const told = (): void => {
    host.requestHeaders(stream, true);
    host.response(stream);
  };

  test.each<[string, () => void, [number, number]]>([
    ["ends well", () => host.grpcClose(0), [4, 0]],
    ["breaks", () => host.grpcClose(14), [0, 4]],
    ["breaks after one was answered", () => answeredAnd(() => host.grpcClose(14)), [1, 3]],
    ["does not end in five seconds", () => waitFor(55), [0, 4]],
  ])("has each message counted once, when its stream %s", (_, end, counts) => {
    told();
    host.endOfStream(stream);
    expect(counted()).toEqual([0, 0]);
    end();
    host.grpcStreams.forEach(() => host.grpcClose(0));
    expect([counted(), host.grpcStreams.size]).toEqual([counts, 0]);
  });

  function answeredAnd(end: () => void): void {
    host.grpcMessage(HEAD);
    end();
  }

  test("has lost each message that comes about on a stream that broke", () => {
    host.requestHeaders(stream, false, "POST");
    host.grpcClose(13);
    host.requestBody(stream, "some", true);
    host.response(stream);
    expect(counted()).toEqual([0, 5]);
    host.endOfStream(stream);
    expect(counted()).toEqual([0, 5]);
  });

  test("has lost each message of a request for which no stream can be opened", () => {
    host.statuses.proxy_grpc_stream = Status.InternalFailure;
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "some", true);
    host.response(stream);
    host.endOfStream(stream);
    expect([counted(), host.grpcStreams.size]).toEqual([[0, 5], 0]);
  });

  test("gets no more than 16 MiB that it neither answers nor ends, and of no request what is behind a gap", () => {
    const megabyte = "x".repeat(1_000_000);
    const upload = (): void => {
      const each = host.stream();
      host.requestHeaders(each, false, "POST");
      host.requestBody(each, megabyte, false);
      host.requestBody(each, "", true);
      host.response(each);
      host.endOfStream(each);
    };
    for (let i = 0; i < 20; i++) upload();
    const sent = host.grpcMessages.reduce((sum, { length }) => sum + length, 0);
    expect(sent).toBeGreaterThan(15 * 1024 * 1024);
    expect(sent).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(counted()[0]).toBe(0);
    expect(host.grpcMessages.length + dropped()).toBe(20 * 5);
    for (const token of [...host.grpcStreams.keys()].slice(0, 5)) host.grpcClose(0, token);
    const before = dropped();
    upload();
    expect(dropped()).toBe(before);
  });

  test("is taken for away when its streams do not end", () => {
    begin({ wallarm_mode: "async", breaker_failures: 2 });
    for (let i = 0; i < 2; i++) {
      const each = i === 0 ? stream : host.stream();
      host.requestHeaders(each, true);
      host.endOfStream(each);
    }
    waitFor(55);
    expect(host.probes.length).toBeGreaterThan(0);
  });
});
