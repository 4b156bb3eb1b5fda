/** How long does a held request wait for its body, and what is asked about when it waits no longer? */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, type ScriptedHost, Status } from "../support/scripted-host.ts";
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

  test("is asked about in halves of what was there, once it has stood still", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "x".repeat(10_000), false);
    waitFor(11);
    for (let part = 0; part < 2; part++) host.verdict("pass");
    host.requestBody(stream, "x".repeat(5000), false);
    const parts = host.calls.map(({ message }) => message.body?.length);
    expect(parts).toEqual([5000, 5000, 5000]);
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

  test("is not waited for by a head that a processor has passed", () => {
    begin({ wallarm_node: "h2://node:5080" });
    host.requestHeaders(stream, false, "POST");
    waitFor(5);
    host.grpcMessage("0a00");
    waitFor(1);
    expect(host.acts).toEqual([]);
    waitFor(1);
    expect(host.acts).toEqual(["continue"]);
  });

  test("and can't be read is the end of what a processor is told", () => {
    begin({ wallarm_node: "h2://node:5080", fallback_action: "pass" });
    host.requestHeaders(stream, false, "POST");
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

  test("is judged on its head at once, and on each message as it comes", () => {
    head();
    expect(host.calls).toHaveLength(1);
    host.verdict("pass");
    host.requestBody(stream, "one", false);
    host.verdict("pass");
    host.requestBody(stream, "two", false);
    const bodies = host.calls.map(({ message }) => message.body?.toString());
    expect(bodies).toEqual([undefined, "one", "two"]);
  });

  test("does not tell whether the host holds headers: other bodies are waited for after it", () => {
    for (let i = 0; i < 5; i++) {
      head();
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

  test("of several parts, told at once for want of memory, one without a verdict is waited for by none", () => {
    begin({ fallback_action: "pass" });
    host.requestHeaders(stream, false, "POST");
    for (let i = 0; i < 66; i++) host.requestBody(stream, "x".repeat(1024 * 1024), false);
    const [first, ...others] = host.calls;
    expect(others.length).toBeGreaterThan(0);
    host.fail(first);
    expect(host.acts).toEqual([]);
    for (const call of others) host.verdict("pass", call);
    expect([host.acts, host.localResponses]).toEqual([["continue"], []]);
  });

  test.each<[string, (stream: number) => void]>([
    ["of what is gone", (gone) => host.endOfStream(gone)],
    ["of what was blocked", () => host.verdict("block")],
    ["of what has passed", () => [1, 2].forEach(() => host.verdict("pass"))],
    ["of what nobody could judge", () => host.fail()],
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
