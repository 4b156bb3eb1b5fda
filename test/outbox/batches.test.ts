/** When do messages that nobody waits for leave, how many in a call, and what is kept of them meanwhile? */
import { beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../support/node/messages.ts";
import { pass } from "../support/node/replies.ts";
import { ScriptedHost, Status } from "../support/scripted-host.ts";

let host: ScriptedHost;
beforeEach(() => {
  host = new ScriptedHost();
  expect(host.configure({ wallarm_mode: "async" })).toBe(1);
});

/** A request with its response, to its end. */
function serve(body = ""): void {
  const stream = host.stream();
  host.requestHeaders(stream, body === "");
  if (body !== "") host.requestBody(stream, body, true);
  host.response(stream);
  host.call("proxy_on_done", stream);
  host.call("proxy_on_delete", stream);
}

const kinds = (messages: readonly Message[] = []): string[] => messages.map(({ type }) => type);
const counted = (): number[] => [host.metrics.outbox_sent ?? 0, host.metrics.outbox_dropped ?? 0];
const answerAll = (): void => host.calls.forEach((call) => host.reply(pass(call.messages), call));

describe("messages that nobody waits for", () => {
  test("leave with the next tick, a request and its response in one call", () => {
    serve();
    expect(host.calls).toEqual([]);
    host.tick();
    expect(host.calls.map(({ messages }) => kinds(messages))).toEqual([["request", "response"]]);
    const [request, response] = host.calls[0]!.messages;
    expect(response!.id).toBe(request!.id);
  });

  test("of many requests leave in one call, in their order", () => {
    for (let i = 0; i < 20; i++) serve(`body ${i}`);
    host.tick();
    expect(host.calls).toHaveLength(1);
    const requests = host.calls[0]!.messages.filter(({ type }) => type === "request");
    expect(requests.map(({ body }) => body!.toString())).toEqual(
      Array.from({ length: 20 }, (_, i) => `body ${i}`),
    );
  });

  test("leave before the tick once they fill 252 KiB", () => {
    let served = 0;
    while (host.calls.length === 0 && served < 200) {
      serve("x".repeat(10_000));
      served++;
    }
    expect(served).toBeGreaterThan(20);
    expect(served).toBeLessThanOrEqual(26);
    host.tick();
    expect(host.calls.flatMap(({ messages }) => messages)).toHaveLength(served * 2);
  });

  test("are at most 128 in a call, however small they are", () => {
    for (let i = 0; i < 600; i++) host.requestHeaders(host.stream(), true);
    host.tick();
    const sizes = host.calls.map(({ messages }) => messages.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(600);
  });

  test("that are large leave by themselves", () => {
    serve("small");
    serve("x".repeat(400_000));
    host.tick();
    expect(host.calls.map(({ messages }) => kinds(messages))).toEqual([
      ["request", "response"],
      ["request"],
      ["response"],
    ]);
    expect(host.calls[1]!.message.body).toHaveLength(400_000);
  });

  test("are counted one by one when the node has answered, not before", () => {
    serve();
    serve();
    host.tick();
    expect(counted()).toEqual([0, 0]);
    answerAll();
    expect(counted()).toEqual([4, 0]);
  });

  test("of responses leave in batches in sync mode too", () => {
    host = new ScriptedHost();
    host.configure({ wallarm_mode: "sync" });
    for (let i = 0; i < 3; i++) {
      const stream = host.stream();
      host.requestHeaders(stream, true);
      host.verdict("pass");
      host.response(stream);
    }
    expect(host.calls).toHaveLength(3);
    host.tick();
    expect(host.calls.map(({ messages }) => kinds(messages)).at(-1)).toEqual([
      "response",
      "response",
      "response",
    ]);
    host.reply(pass([]));
    expect(counted()).toEqual([3, 0]);
  });
});

describe("a request that goes on", () => {
  test("is told after a second what came of it, then what came since", () => {
    const stream = host.stream();
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "first", false);
    for (let i = 0; i < 9; i++) host.tick();
    expect(host.calls).toEqual([]);
    for (let i = 0; i < 2; i++) host.tick();
    host.requestBody(stream, "second", false);
    for (let i = 0; i < 11; i++) host.tick();
    host.requestBody(stream, "third", true);
    host.tick();
    const told = host.calls.flatMap(({ messages }) => messages);
    expect(told.map(({ part, last, body }) => [part, last, body?.toString()])).toEqual([
      [0, false, "first"],
      [1, false, "second"],
      [2, true, "third"],
    ]);
  });

  test("is told before its response, if that ends first", () => {
    const stream = host.stream();
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "half", false);
    host.response(stream);
    host.call("proxy_on_done", stream);
    host.call("proxy_on_delete", stream);
    host.tick();
    const told = host.calls.flatMap(({ messages }) => messages);
    expect(told.map(({ type, part, last }) => [type, part, last])).toEqual([
      ["request", 0, false],
      ["response", 0, true],
      ["part", 1, true],
    ]);
  });

  test("needs no ticks while nothing new comes of it", () => {
    const stream = host.stream();
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "hello", false);
    for (let i = 0; i < 12; i++) host.tick();
    answerAll();
    for (let i = 0; i < 30; i++) host.tick();
    expect(host.tickPeriod).toBe(0);
  });
});

describe("the timer", () => {
  test("runs while something waits or is under way, and is stopped afterwards", () => {
    expect(host.tickPeriod).toBe(0);
    serve();
    expect(host.tickPeriod).toBe(100);
    host.tick();
    for (let i = 0; i < 10; i++) host.tick();
    expect(host.tickPeriod).toBe(100);
    answerAll();
    for (let i = 0; i < 30; i++) host.tick();
    expect(host.tickPeriod).toBe(0);
  });
});

describe("a node that falls behind", () => {
  test("gets full batches in place of more calls", () => {
    for (let i = 0; i < 16; i++) {
      serve();
      host.tick();
    }
    expect(host.calls).toHaveLength(16);
    serve();
    serve();
    host.tick();
    expect(host.calls).toHaveLength(16);
    host.reply(pass(host.calls[0]!.messages), host.calls[0]);
    host.tick();
    expect(host.calls).toHaveLength(17);
    expect(host.calls[16]!.messages).toHaveLength(4);
  });

  test("makes messages be dropped once 16 MiB are under way, and never holds a request", () => {
    const body = "x".repeat(1_000_000);
    for (let i = 0; i < 20; i++) serve(body);
    expect(host.acts).toEqual([]);
    const [sent, dropped] = counted();
    expect(sent).toBe(0);
    expect(dropped).toBeGreaterThanOrEqual(8);
    // Of a request that was dropped the response is not told either, and counts too.
    const told = host.calls.flatMap(({ messages }) => messages);
    const ids = new Set(told.filter(({ type }) => type === "request").map(({ id }) => id));
    expect(ids.size).toBe(20 - dropped! / 2);
    expect(told.every(({ id }) => ids.has(id))).toBe(true);
    const settle = (): void => {
      answerAll();
      host.tick();
      answerAll();
    };
    settle();
    expect(counted()[0]).toBe(ids.size * 2);
    serve(body);
    settle();
    expect(counted()[0]).toBe(ids.size * 2 + 2);
  });

  test("has each message of a request counted that comes about behind one that was dropped", () => {
    const stream = host.stream();
    for (let i = 0; i < 20; i++) serve("x".repeat(1_000_000));
    const before = counted();
    host.requestHeaders(stream, false, "POST");
    for (let i = 0; i < 5; i++) host.requestBody(stream, "x".repeat(1_048_576), false);
    host.requestBody(stream, "end", true);
    host.response(stream);
    host.endOfStream(stream);
    // Five parts, the last, and the response; of the first five one is larger than what is left of the room.
    expect(counted()[1]! - before[1]!).toBe(7);
    expect(host.metrics.held_bytes ?? 0).toBe(0);
  });

  test("is told a message that is larger than all of the room, if nothing else is there", () => {
    host = new ScriptedHost();
    host.configure({ wallarm_mode: "sync", response_body_limit: 20_000_000 });
    const stream = host.stream();
    host.requestHeaders(stream, true);
    host.verdict("pass");
    host.response(stream, "y".repeat(17_000_000));
    host.tick();
    expect(host.calls.at(-1).message.body).toHaveLength(17_000_000);
    expect(counted()).toEqual([0, 0]);
  });
});

test("a host that refuses one call gets the same messages with the next tick", () => {
  serve();
  host.statuses.proxy_http_call = Status.InternalFailure;
  host.tick();
  delete host.statuses.proxy_http_call;
  expect(host.calls).toEqual([]);
  host.tick();
  expect(kinds(host.calls[0]?.messages)).toEqual(["request", "response"]);
  answerAll();
  expect(counted()).toEqual([2, 0]);
});
