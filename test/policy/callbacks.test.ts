/** What does each callback return, in each state that a request can be in, on hosts that behave and on those that do not? */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, ScriptedHost, Status } from "../support/scripted-host.ts";
import { beginStream } from "./support/begin-stream.ts";

const { Continue, StopIteration } = HeadersStatus;
const { StopAndWatermark, StopNoBuffer } = DataStatus;

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  ({ host, stream } = beginStream({ fallback_action: "block", ...config }));
}

describe("in sync mode", () => {
  beforeEach(() => begin({}));

  test("a request without a body is stopped at its headers, and continued by a verdict of pass", () => {
    expect(host.requestHeaders(stream, true)).toBe(StopIteration);
    expect(host.acts).toEqual([]);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
    expect([host.localResponses, host.errors]).toEqual([[], []]);
  });

  test("a host that does not let a request go on is told of in the log", () => {
    host.requestHeaders(stream, true);
    host.statuses.proxy_continue_stream = Status.InternalFailure;
    host.verdict("pass");
    expect(host.errors).toHaveLength(1);
    expect(host.errors[0]).toContain("did not let the request go on");
  });

  test("a verdict of block answers and never continues", () => {
    host.requestHeaders(stream, true);
    host.verdict("block");
    expect(host.localResponses).toEqual([403]);
    expect(host.acts).toEqual([]);
  });

  test("each chunk of a body is stopped with a watermark, its trailers too", () => {
    expect(host.requestHeaders(stream, false, "POST")).toBe(StopIteration);
    expect(host.requestBody(stream, "one", false)).toBe(StopAndWatermark);
    expect(host.requestBody(stream, "two", false)).toBe(StopAndWatermark);
    expect(host.calls).toEqual([]);
    expect(host.requestTrailers(stream)).toBe(StopIteration);
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["onetwo"]);
  });

  test("the last chunk is stopped, with the end on it or as an empty one", () => {
    host.requestHeaders(stream, false, "POST");
    expect(host.requestBody(stream, "all", true)).toBe(StopAndWatermark);
    const other = host.stream();
    host.requestHeaders(other, false, "POST");
    expect(host.requestBody(other, "all", false)).toBe(StopAndWatermark);
    expect(host.requestBody(other, "", true)).toBe(StopAndWatermark);
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["all", "all"]);
  });

  test("a refused request's body goes nowhere, should the host bring more of it", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "all", true);
    host.verdict("block");
    expect(host.requestBody(stream, "more", false)).toBe(StopNoBuffer);
    expect(host.requestTrailers(stream)).toBe(StopIteration);
    expect([host.acts, host.localResponses]).toEqual([[], [403]]);
  });

  test("a response is never held", () => {
    host.requestHeaders(stream, true);
    host.verdict("pass");
    expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
    host.tick();
    expect(host.calls.at(-1).message).toMatchObject({ type: "response", status: 200 });
  });

  test("our own answer passes too, and the node is not told of it", () => {
    host.requestHeaders(stream, true);
    host.verdict("block");
    expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
    expect(host.calls).toHaveLength(1);
  });

  test("what the gateway answers to a request that is held is not told", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "all", true);
    expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
    host.tick();
    expect(host.calls).toHaveLength(1);
  });

  test("a second answer to the same call changes nothing", () => {
    host.requestHeaders(stream, true);
    const [call] = host.calls;
    host.verdict("pass", call);
    host.verdict("block", call);
    expect([host.acts, host.localResponses]).toEqual([["continue"], []]);
  });

  test.each(["pass", "block"])(
    "a verdict of %s for a stream that is gone touches nothing",
    (action) => {
      host.requestHeaders(stream, true);
      host.call("proxy_on_done", stream);
      host.call("proxy_on_delete", stream);
      host.verdict(action);
      expect([host.acts, host.localResponses, host.errors]).toEqual([[], [], []]);
    },
  );

  test("where the host has forgotten the stream, it is not acted upon", () => {
    host.requestHeaders(stream, true);
    host.statuses.proxy_set_effective_context = Status.BadArgument;
    host.verdict("pass");
    expect([host.acts, host.localResponses]).toEqual([[], []]);
  });
});

describe("request_body_limit 0", () => {
  test("takes no memory for a body that comes before the verdict", () => {
    begin({ request_body_limit: 0 });
    host.requestHeaders(stream, false, "POST");
    const before = host.memoryBytes;
    for (let i = 0; i < 20; i++) host.requestBody(stream, "x".repeat(65_536), false);
    // The host itself gets some of what it is given at a time.
    expect(host.memoryBytes - before).toBeLessThan(500_000);
  });

  test("with request_body_overflow block lets no body through, whether its length was declared or not", () => {
    begin({ request_body_limit: 0, request_body_overflow: "block" });
    host.requestHeaders(stream, false, "POST");
    expect(host.requestBody(stream, "x", true)).toBe(StopNoBuffer);
    expect([host.acts, host.localResponses]).toEqual([[], [413]]);
  });
});

test("with request_body_overflow pass the node is told how much it is not shown", () => {
  begin({ request_body_limit: 4, request_body_overflow: "pass" });
  host.requestHeaders(stream, false, "POST");
  host.requestBody(stream, "12345678", false);
  const told = { bodySize: 8, truncated: true, last: true };
  expect(host.calls.map(({ message }) => message)).toMatchObject([told]);
});

describe("parts", () => {
  beforeEach(() => begin({ request_body_limit: 4 }));

  test("a part that has passed waits for the last one", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "1234", false);
    host.verdict("pass");
    expect(host.acts).toEqual([]);
    expect(host.requestBody(stream, "5678", false)).toBe(StopAndWatermark);
    host.verdict("block");
    expect([host.acts, host.localResponses]).toEqual([[], [403]]);
    expect(host.body(stream).released).toHaveLength(0);
  });

  test("our own answer to a later part is not told", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "1234", false);
    host.verdict("pass");
    host.requestBody(stream, "5678", false);
    host.verdict("block");
    host.response(stream);
    host.tick();
    expect(host.calls).toHaveLength(2);
  });

  test("nothing is let go while bytes are unjudged that came during the wait", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "1234", false);
    host.requestBody(stream, "56", false);
    host.verdict("pass");
    host.requestBody(stream, "", true);
    expect(host.acts).toEqual([]);
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["1234", "56"]);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
    expect(host.body(stream).released.toString()).toBe("123456");
  });
});

describe("in async mode", () => {
  test("nothing is stopped", () => {
    begin({ wallarm_mode: "async" });
    expect(host.requestHeaders(stream, false, "POST")).toBe(Continue);
    expect(host.requestBody(stream, "some", false)).toBe(DataStatus.Continue);
    expect(host.requestTrailers(stream)).toBe(Continue);
    expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
    host.tick();
    host.verdict("block", host.calls[0]);
    expect([host.acts, host.localResponses]).toEqual([[], []]);
  });

  test("but any body, where none may come", () => {
    begin({ wallarm_mode: "async", request_body_limit: 0, request_body_overflow: "block" });
    expect(host.requestHeaders(stream, false, "POST")).toBe(Continue);
    expect(host.requestBody(stream, "1", false)).toBe(StopNoBuffer);
    expect(host.localResponses).toEqual([413]);
  });

  test("but a body over request_body_limit, where that is to be refused", () => {
    begin({ wallarm_mode: "async", request_body_limit: 4, request_body_overflow: "block" });
    expect(host.requestHeaders(stream, false, "POST")).toBe(Continue);
    expect(host.requestBody(stream, "1234", false)).toBe(DataStatus.Continue);
    expect(host.requestBody(stream, "5", false)).toBe(StopNoBuffer);
    expect(host.localResponses).toEqual([413]);
    expect(host.requestBody(stream, "6", true)).toBe(StopNoBuffer);
    expect(host.requestTrailers(stream)).toBe(StopIteration);
    expect(host.localResponses).toEqual([413]);
    expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
  });
});

describe("the plugin", () => {
  test("refuses a bad configuration, and takes a good one", () => {
    expect(new ScriptedHost().configure({})).toBe(1);
    expect(new ScriptedHost().configure({ wallarm_mode: "perhaps" })).toBe(0);
  });

  test("takes the start of its VM", () => {
    host = new ScriptedHost();
    host.call("proxy_on_context_create", 1, 0);
    expect(host.call("proxy_on_vm_start", 1, 0)).toBe(1);
  });

  test("ends at once where nothing is under way", () => {
    begin({});
    expect(host.done()).toBe(1);
    expect(host.acts).toEqual([]);
  });

  test("ends only after the last answer, where calls are under way", () => {
    begin({});
    host.requestHeaders(stream, true);
    expect(host.done()).toBe(0);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue", "done"]);
  });
});
