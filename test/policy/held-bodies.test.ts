/** How long does a held request wait for its body, and what is asked about when it waits no longer? */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, type ScriptedHost, Status } from "../support/scripted-host.ts";
import { http } from "../support/node/replies.ts";
import { beginStream } from "./support/begin-stream.ts";

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  ({ host, stream } = beginStream({ fallback_action: "block", ...config }));
}

function waitFor(ticks: number): void {
  for (let tick = 0; tick < ticks; tick++) host.tick();
}

describe("a body that is waited for", () => {
  const told = (): unknown[] =>
    host.calls.map(({ message }) => message.body?.toString() ?? "the head");
  beforeEach(() => begin({}));

  test("and does not come is not waited for: its head is judged alone", () => {
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    expect(told()).toEqual(["the head"]);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
  });

  test("and stands still is judged as far as it is there, after a second", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "some", false);
    waitFor(10);
    expect(told()).toEqual([]);
    waitFor(1);
    expect(told()).toEqual(["some"]);
  });

  test("and stands still behind what was let go is judged too", () => {
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    host.verdict("pass");
    host.requestBody(stream, "more", false);
    waitFor(11);
    expect(told()).toEqual(["the head", "more"]);
  });

  test("and stands still behind what was let go, and then ends while it is judged, goes on whole", () => {
    begin({ header_holding: "off" });
    host.requestHeaders(stream, false, "POST");
    host.verdict("pass");
    host.requestBody(stream, "some", false);
    waitFor(11);
    const rest = "x".repeat(4000);
    host.requestBody(stream, rest, false);
    host.requestBody(stream, "", true);
    host.verdict("pass");
    expect(told()).toEqual(["the head", "some", rest]);
    expect(host.body(stream).released.toString()).toBe("");
    host.verdict("pass");
    expect(host.body(stream).released.toString()).toBe("some" + rest);
    expect(host.localResponses).toEqual([]);
  });

  test("is waited for longer once the host has given one while it held the head", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "some", true);
    host.requestHeaders(host.stream(), false, "POST");
    waitFor(10);
    expect(told()).toEqual(["some"]);
    waitFor(1);
    expect(told()).toEqual(["some", "the head"]);
  });

  test("is waited for from the head on, and from each byte", () => {
    waitFor(15);
    host.requestHeaders(stream, false, "POST");
    waitFor(1);
    host.requestBody(stream, "some", false);
    waitFor(10);
    host.requestBody(stream, "more", false);
    waitFor(10);
    expect(told()).toEqual([]);
    waitFor(1);
    expect(told()).toEqual(["somemore"]);
  });

  test("of more than 1 KiB is waited for to its end, however long it stands still", () => {
    const half = "x".repeat(600);
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, half, false);
    host.requestBody(stream, half, false);
    waitFor(50);
    expect(told()).toEqual([]);
    host.requestBody(stream, half, true);
    expect(told()).toEqual([half + half + half]);
    host.verdict("pass");
    expect(host.body(stream).released.toString()).toBe(half + half + half);
  });

  test("of a known length is waited for to its end, be it small or no byte of it there", () => {
    host.requestHeaders(stream, false, "POST", [["content-length", "8"]]);
    host.requestBody(stream, "some", false);
    waitFor(50);
    expect(told()).toEqual([]);
    // Its last byte is the end of it, whatever may follow.
    host.requestBody(stream, "more", false);
    expect(told()).toEqual(["somemore"]);
    host.verdict("pass");
    expect(host.requestTrailers(stream)).toBe(HeadersStatus.Continue);
    expect(host.body(stream).released.toString()).toBe("somemore");
  });

  test("is waited for no more, when bodies came three times only behind their heads", () => {
    for (let i = 0; i < 3; i++) {
      host.requestHeaders(stream, false, "POST");
      waitFor(2);
      host.verdict("pass");
      host.requestBody(stream, "late", true);
      host.verdict("pass");
      stream = host.stream();
    }
    host.requestHeaders(stream, false, "POST");
    expect(told()).toEqual([
      "the head",
      "late",
      "the head",
      "late",
      "the head",
      "late",
      "the head",
    ]);
  });

  test("is waited for with a processor too: no stream is opened for it before there is something to judge", () => {
    begin({ wallarm_node: "h2://node:5080" });
    host.requestHeaders(stream, false, "POST");
    waitFor(1);
    expect(host.grpcStreams.size).toBe(0);
    waitFor(1);
    expect(host.grpcStreams.size).toBe(1);
    expect(host.acts).toEqual([]);
    host.grpcMessage("0a00");
    expect(host.acts).toEqual(["continue"]);
  });

  test("and can't be read is the end of what a processor is told", () => {
    begin({ wallarm_node: "h2://node:5080", unjudged_action: "pass" });
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    host.grpcMessage("0a00");
    host.statuses.proxy_get_buffer_bytes = Status.BadArgument;
    expect(host.requestBody(stream, "some", false)).toBe(DataStatus.Continue);
    expect([...host.grpcClosed]).toEqual([host.grpcToken]);
  });

  test("is waited for again when one only came late in several pieces", () => {
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    host.verdict("pass");
    for (let i = 0; i < 5; i++) host.requestBody(stream, "x", false);
    host.requestHeaders(host.stream(), false, "POST");
    expect(told()).toEqual(["the head"]);
  });
});

describe("gRPC", () => {
  const head = (): number =>
    host.requestHeaders(stream, false, "POST", [["content-type", "application/grpc"]]);
  beforeEach(() => {
    begin({});
    host.properties["request.protocol"] = "HTTP/2";
  });

  test("is judged on its head when nothing comes with it, and on each message as it comes", () => {
    head();
    expect(host.calls).toEqual([]);
    waitFor(2);
    host.verdict("pass");
    expect(host.requestBody(stream, "one", false)).toBe(DataStatus.StopAndBuffer);
    host.verdict("pass");
    host.requestBody(stream, "two", false);
    expect(host.body(stream).released.toString()).toBe("one");
    host.verdict("pass");
    const bodies = host.calls.map(({ message }) => message.body?.toString());
    expect(bodies).toEqual([undefined, "one", "two"]);
    expect(host.body(stream).released.toString()).toBe("onetwo");
  });

  test("goes on once, message by message, where the router keeps what it got", () => {
    host.body(stream).isKept = true;
    head();
    waitFor(2);
    host.verdict("pass");
    for (const message of ["one", "two", "three"]) {
      host.requestBody(stream, message, false);
      host.verdict("pass");
    }
    expect(host.body(stream).released.toString()).toBe("onetwothree");
    // All of it is there to be sent again.
    expect(host.body(stream).held).toBe("onetwothree".length);
    host.requestBody(stream, "end", true);
    host.verdict("pass");
    expect(host.body(stream).released.toString()).toBe("onetwothreeend");
    expect(host.localResponses).toEqual([]);
  });

  test("is as long as what its client sent, whatever the router keeps of it", () => {
    begin({ request_body_limit: 8, request_body_overflow: "block" });
    host.properties["request.protocol"] = "HTTP/2";
    host.body(stream).isKept = true;
    head();
    waitFor(2);
    host.verdict("pass");
    for (const message of ["one", "two", "ab"]) {
      host.requestBody(stream, message, false);
      host.verdict("pass");
    }
    expect(host.localResponses).toEqual([]);
    expect(host.body(stream).released.toString()).toBe("onetwoab");
    host.requestBody(stream, "c", true);
    expect(host.localResponses).toEqual([413]);
  });

  test("goes on once where a message comes before the gateway's next turn", () => {
    for (const isKept of [false, true]) {
      stream = host.stream();
      host.body(stream).isKept = isKept;
      head();
      waitFor(2);
      host.verdict("pass");
      host.requestBody(stream, "one", false);
      host.holdsTurns = true;
      host.verdict("pass");
      host.requestBody(stream, "two", false);
      host.holdsTurns = false;
      host.turn();
      if (host.localResponses.length === 0) host.verdict("pass");
      // What nobody can tell apart is refused.
      expect(host.body(stream).released.toString()).toBe(isKept ? "one" : "onetwo");
      expect(host.localResponses).toEqual(isKept ? [413] : []);
    }
  });

  test("does not tell whether the host holds headers: other bodies are waited for after it", () => {
    for (let i = 0; i < 5; i++) {
      head();
      waitFor(2);
      host.verdict("pass");
      host.requestBody(stream, "message", true);
      host.verdict("pass");
      stream = host.stream();
    }
    const before = host.calls.length;
    host.requestHeaders(stream, false, "POST");
    expect(host.calls).toHaveLength(before);
  });
});

test("a chunk that is longer than a part is told part by part, to its last byte", () => {
  begin({ request_body_limit: 4 });
  host.requestHeaders(stream, false, "POST");
  host.requestBody(stream, "123456789", true);
  for (let part = 0; part < 3; part++) {
    expect(host.acts).toEqual([]);
    host.verdict("pass");
  }
  expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["1234", "5678", "9"]);
  expect(host.acts).toEqual(["continue"]);
});

describe("a processor's stream is ended", () => {
  const config = { wallarm_node: "h2://node:5080", request_body_limit: 4 };
  function passedHead(): void {
    host.requestHeaders(stream, false, "POST");
    waitFor(2);
    host.grpcMessage("0a00");
  }

  test("with a refusal for want of a verdict", () => {
    begin(config);
    passedHead();
    host.statuses.proxy_get_buffer_bytes = Status.BadArgument;
    host.requestBody(stream, "1", false);
    expect([host.localResponses, [...host.grpcClosed]]).toEqual([[403], [host.grpcToken]]);
  });

  test("with a body that is too long", () => {
    begin({ ...config, request_body_overflow: "block" });
    passedHead();
    host.requestBody(stream, "12345", false);
    expect([host.localResponses, [...host.grpcClosed]]).toEqual([[413], [host.grpcToken]]);
  });
});

describe("memory", () => {
  const MEBIBYTE = "x".repeat(1024 * 1024);

  test("that is full is given by slow clients, who get 408, and not by others", () => {
    begin({ held_memory_limit: 1_048_576 });
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "x".repeat(40_000), false);
    waitFor(50);
    const fast = host.stream();
    host.requestHeaders(fast, false, "POST");
    host.requestBody(fast, "x".repeat(1_000_000), false);
    expect(host.localResponses).toEqual([]);
    host.requestBody(fast, "x".repeat(40_000), false);
    expect([host.localResponses, host.metrics.requests_slow]).toEqual([[408], 1]);
    host.requestBody(fast, "", true);
    host.verdict("pass");
    expect(host.body(fast).released).toHaveLength(1_040_000);
  });

  test("that is full is given by all slow clients, whoever has come and gone among them", () => {
    begin({ held_memory_limit: 1_048_576 });
    const streams = [stream, host.stream(), host.stream(), host.stream(), host.stream()];
    const beginSlowly = (each: number): void => {
      host.requestHeaders(each, false, "POST");
      host.requestBody(each, "x".repeat(40_000), false);
    };
    streams.forEach(beginSlowly);
    for (const quick of streams.filter((_, i) => i % 2 === 0)) {
      host.requestBody(quick, "", true);
      host.verdict("pass");
      host.endOfStream(quick);
    }
    beginSlowly(host.stream());
    waitFor(50);
    const fast = host.stream();
    host.requestHeaders(fast, false, "POST");
    host.requestBody(fast, "x".repeat(920_000), false);
    expect(host.localResponses).toEqual([]);
    host.requestBody(fast, "x".repeat(120_000), false);
    expect([host.localResponses, host.metrics.requests_slow]).toEqual([[408, 408, 408], 3]);
  });

  test("that is full of what others hold has no room for a new request: 503, and nothing is let through", () => {
    begin({ held_memory_limit: 1_048_576, fallback_action: "pass", unjudged_action: "pass" });
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "x".repeat(1_040_000), false);
    const second = host.stream();
    host.requestHeaders(second, false, "POST");
    host.requestBody(second, "x".repeat(40_000), false);
    expect([host.localResponses, host.metrics.requests_without_memory]).toEqual([[503], 1]);
    expect(host.acts).toEqual([]);
    host.requestBody(stream, "", true);
    host.verdict("pass");
    expect(host.body(stream).released).toHaveLength(1_040_000);
  });

  test.each<[string, (stream: number) => void]>([
    ["of what is gone", (gone) => host.endOfStream(gone)],
    ["of what was blocked", () => host.verdict("block")],
    ["of what has passed", () => [1, 2].forEach(() => host.verdict("pass"))],
    ["of what nobody could judge", () => host.reply(http(400))],
  ])("%s is free for others: they are asked about no sooner", (_, decide) => {
    begin({ fallback_action: "block" });
    const asked = new Set<number>();
    for (let i = 0; i < 70; i++) {
      const before = host.calls.length;
      host.requestHeaders(stream, false, "POST");
      host.requestBody(stream, MEBIBYTE, false);
      host.requestBody(stream, MEBIBYTE, false);
      asked.add(host.calls.length - before);
      decide(stream);
      stream = host.stream();
    }
    // The second part waits for the verdict on the first.
    expect([...asked]).toEqual([1]);
  });

  test("of what was too long is free for others too", () => {
    begin({ request_body_overflow: "block" });
    for (let i = 0; i < 70; i++) {
      host.requestHeaders(stream, false, "POST");
      host.requestBody(stream, MEBIBYTE.slice(1), false);
      expect(host.calls).toEqual([]);
      host.requestBody(stream, "xx", false);
      stream = host.stream();
    }
    expect(host.localResponses).toHaveLength(70);
  });
});

describe("a body that is longer than request_hold_limit", () => {
  const CHUNK = "0123456789".repeat(100);
  const CHUNKS = 8;
  const letGo = (): number => host.body(stream).released.length;
  const more = (action = "pass"): void => {
    while (host.calls.length > judged) host.verdict(action, host.calls[judged++]);
  };
  let judged: number;

  function send(chunks: number, end: boolean): void {
    for (let i = 1; i <= chunks; i++) {
      host.requestBody(stream, CHUNK, end && i === chunks);
      // Nothing goes on that has no verdict.
      const asked = host.calls.slice(0, judged).map(({ message }) => message.body?.length ?? 0);
      expect(letGo()).toBeLessThanOrEqual(asked.reduce((sum, size) => sum + size, 0));
      more();
    }
  }
  beforeEach(() => {
    begin({ request_hold_limit: 3000, request_body_limit: 1000 });
    judged = 0;
    host.requestHeaders(stream, false, "POST");
  });

  test("goes on in parts, each with its verdict, where the router keeps nothing", () => {
    send(CHUNKS, true);
    expect(host.body(stream).released.toString()).toBe(CHUNK.repeat(CHUNKS));
    expect(host.localResponses).toEqual([]);
  });

  test("is stopped by a later part", () => {
    send(5, false);
    const before = letGo();
    host.requestBody(stream, CHUNK, true);
    more("block");
    expect([host.localResponses, letGo()]).toEqual([[403], before]);
  });

  test("is refused where the router keeps what it got, after its first release", () => {
    host.body(stream).isKept = true;
    for (let i = 0; i < CHUNKS && host.localResponses.length === 0; i++) {
      host.requestBody(stream, CHUNK, false);
      more();
    }
    expect([host.localResponses, host.metrics.requests_not_held]).toEqual([[413], 1]);
    // What went on went on once.
    expect(CHUNK.repeat(CHUNKS).startsWith(host.body(stream).released.toString())).toBe(true);
  });
});

describe("a body that is longer than what is asked about, with request_body_overflow pass", () => {
  test.each<[string, readonly [string, string][]]>([
    ["of unknown length", []],
    ["of a known length", [["content-length", "12"]]],
    ["before trailers that are announced", [["te", "trailers"]]],
  ])("goes on whole: %s", (_, more) => {
    begin({ request_body_limit: 4, request_body_overflow: "pass" });
    host.requestHeaders(stream, false, "POST", more);
    for (const chunk of ["123", "456", "789"]) host.requestBody(stream, chunk, false);
    expect(host.acts).toEqual([]);
    host.verdict("pass");
    host.requestBody(stream, "abc", true);
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["1234"]);
    expect(host.body(stream).released.toString()).toBe("123456789abc");
  });
});
