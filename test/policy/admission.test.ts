/** Which large upload waits for its room, and for how long? A host of the tests: what it is answered shows who is in line. */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, ScriptedHost } from "../support/scripted-host.ts";

const MIB = 1024 * 1024;
/** Of which a part is left for heads: one body of 8 MiB is promised its room, two are not. */
const LIMIT = 16 * MIB;
const { StopIteration, StopAllAndWatermark } = HeadersStatus;

let host: ScriptedHost;

beforeEach(() => {
  host = new ScriptedHost();
  expect(host.configure({ held_memory_limit: LIMIT, node_timeout_ms: 60_000 })).toBe(1);
});

function begin(length: number): { readonly stream: number; readonly status: number } {
  const stream = host.stream();
  const headers = [["content-length", String(length)]] as const;
  return { stream, status: host.requestHeaders(stream, false, "POST", headers) };
}

function ticks(count: number): void {
  for (let i = 0; i < count; i++) host.tick();
}

test("one that has room is held as any request is, and nothing of it is judged yet", () => {
  expect(begin(8 * MIB).status).toBe(StopIteration);
  expect(host.calls).toEqual([]);
});

test.each([
  ["shorter than 128 KiB", 131_071],
  ["longer than could ever be promised", 15 * MIB],
])("one that is %s does not wait", (_, length) => {
  expect(host.configure({ held_memory_limit: LIMIT, request_hold_limit: LIMIT })).toBe(1);
  begin(8 * MIB);
  expect(begin(length).status).toBe(StopIteration);
});

describe("one that has no room", () => {
  let first: number;
  let second: number;

  beforeEach(() => {
    first = begin(8 * MIB).stream;
    const { stream, status } = begin(8 * MIB);
    expect(status).toBe(StopAllAndWatermark);
    second = stream;
    expect(host.calls).toHaveLength(1);
  });

  /** Its client sends on, so that its promise is kept. */
  const sendFirst = (): void => {
    for (let i = 0; i < 40; i++) host.requestBody(first, Buffer.alloc(16_384), false);
  };

  test("waits with its head, whatever its verdict, until another is gone", () => {
    host.verdict("pass");
    sendFirst();
    ticks(1);
    expect(host.acts).toEqual([]);
    host.endOfStream(first);
    ticks(1);
    expect(host.acts).toEqual(["continue"]);
    expect(host.replaced).toEqual([["x-envoy-max-retries", "0"]]);
  });

  test("goes on with its verdict when room came first", () => {
    host.endOfStream(first);
    ticks(1);
    expect(host.acts).toEqual([]);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
  });

  test("is held from then on, and goes on once, whole", () => {
    host.endOfStream(first);
    ticks(1);
    host.verdict("pass");
    const body = Buffer.alloc(8 * MIB, "x");
    for (let at = 0; at < body.length; at += MIB) {
      const isLast = at + MIB >= body.length;
      const status = host.requestBody(second, body.subarray(at, at + MIB), isLast);
      expect(status).toBe(DataStatus.StopAndWatermark);
      host.verdict("pass");
    }
    expect(host.body(second).released.equals(body)).toBe(true);
    expect(host.acts).toEqual(["continue", "continue"]);
  });

  test("is refused for its head at once, and keeps nobody waiting", () => {
    host.verdict("block");
    expect(host.localResponses).toEqual([403]);
    host.endOfStream(first);
    ticks(1);
    expect(begin(8 * MIB).status).toBe(StopIteration);
  });

  test("and whose client has gone, keeps nobody waiting", () => {
    host.endOfStream(second);
    host.endOfStream(first);
    expect(begin(8 * MIB).status).toBe(StopIteration);
  });

  test("waits for five seconds at most", () => {
    host.verdict("pass");
    // 5 of 8 MiB: what came, and what may still come at that pace, leaves no room.
    for (let i = 0; i < 8; i++) {
      sendFirst();
      ticks(1);
    }
    ticks(40);
    expect(host.acts).toEqual([]);
    ticks(3);
    expect(host.acts).toEqual(["continue"]);
  });

  test("does not wait for a client that promised much and sends nothing", () => {
    host.verdict("pass");
    ticks(3);
    expect(host.acts).toEqual(["continue"]);
  });

  test("waits behind those that came before", () => {
    const third = begin(8 * MIB);
    expect(third.status).toBe(StopAllAndWatermark);
    for (const call of host.calls) host.verdict("pass", call);
    host.endOfStream(first);
    ticks(1);
    expect(host.acts).toEqual(["continue"]);
    host.endOfStream(second);
    ticks(1);
    expect(host.acts).toEqual(["continue", "continue"]);
  });
});
