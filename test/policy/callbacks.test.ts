/** What does each callback return, in each state that a request can be in, on hosts that behave and on those that do not? */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, ScriptedHost, Status } from "../support/scripted-host.ts";

const { Continue, StopIteration } = HeadersStatus;
const { StopAndWatermark, StopNoBuffer } = DataStatus;

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  host = new ScriptedHost();
  expect(host.configure({ fallback_action: "block", ...config })).toBe(1);
  stream = host.stream();
}

function waitFor(ticks: number): void {
  for (let tick = 0; tick < ticks; tick++) host.tick();
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
    expect(told()).toEqual([...Array(3).fill(["the head", "late"]).flat(), "the head"]);
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
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual([
      undefined,
      "one",
      "two",
    ]);
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

describe("parts", () => {
  beforeEach(() => begin({ request_body_limit: 4 }));

  test("what comes behind a part that has passed is stopped again", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "1234", false);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
    expect(host.requestBody(stream, "5678", false)).toBe(StopAndWatermark);
    host.verdict("block");
    expect([host.acts, host.localResponses]).toEqual([["continue"], [403]]);
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
    expect(host.acts).toEqual([]);
    expect(host.calls.map(({ message }) => message.body?.toString())).toEqual(["1234", "56"]);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
  });
});

for (const fallback of ["pass", "block"]) {
  const passes = fallback === "pass";
  describe(`fallback_action ${fallback}`, () => {
    beforeEach(() => begin({ fallback_action: fallback }));

    test("decides when a call has failed", () => {
      host.requestHeaders(stream, true);
      host.fail();
      expect(host.acts).toEqual(passes ? ["continue"] : []);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
    });

    test("decides inside the callback when a call is refused", () => {
      host.statuses.proxy_http_call = Status.InternalFailure;
      expect(host.requestHeaders(stream, true)).toBe(passes ? Continue : StopIteration);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
      expect(host.acts).toEqual([]);
    });

    test("decides when a call for a body is refused", () => {
      host.statuses.proxy_http_call = Status.InternalFailure;
      host.requestHeaders(stream, false, "POST");
      expect(host.requestBody(stream, "all", true)).toBe(
        passes ? DataStatus.Continue : StopNoBuffer,
      );
    });

    test("decides when a call is refused at the trailers", () => {
      host.requestHeaders(stream, false, "POST");
      host.requestBody(stream, "all", false);
      host.statuses.proxy_http_call = Status.InternalFailure;
      expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
      expect([host.localResponses, host.acts]).toEqual([passes ? [] : [403], []]);
    });

    test("decides when the host does not give the trailers", () => {
      host.requestHeaders(stream, false, "POST");
      host.requestBody(stream, "all", false);
      host.statuses.proxy_get_header_map_pairs = Status.BadArgument;
      expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
      expect(host.calls).toEqual([]);
    });

    test("decides when the host does not give the body", () => {
      host.requestHeaders(stream, false, "POST");
      host.statuses.proxy_get_buffer_bytes = Status.BadArgument;
      const returned = host.requestBody(stream, "all", true);
      expect(returned).toBe(passes ? DataStatus.Continue : StopNoBuffer);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
    });

    test("decides when the host gives no headers, for all that follows too", () => {
      host.statuses.proxy_get_header_map_pairs = Status.BadArgument;
      expect(host.requestHeaders(stream, false)).toBe(passes ? Continue : StopIteration);
      expect(host.requestBody(stream, "all", false)).toBe(
        passes ? DataStatus.Continue : StopNoBuffer,
      );
      expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
      expect(host.response(stream)).toEqual([Continue, DataStatus.Continue, Continue]);
      expect(host.calls).toEqual([]);
    });

    test("decides once a part was judged before, when nothing else is asked any more", () => {
      host.requestHeaders(stream, false, "POST");
      waitFor(2);
      host.verdict("pass");
      host.requestBody(stream, "all", true);
      host.fail();
      expect(host.acts).toEqual(passes ? ["continue", "continue"] : ["continue"]);
      expect(host.localResponses).toEqual(passes ? [] : [403]);
    });

    test("decides for good: the node is not told of the response to what it has not judged", () => {
      host.requestHeaders(stream, true);
      host.fail();
      host.response(stream);
      host.tick();
      expect(host.calls).toHaveLength(1);
    });

    test("stays decided: what follows a request without a verdict passes, or goes nowhere", () => {
      host.requestHeaders(stream, false, "POST");
      host.requestBody(stream, "all", true);
      host.fail();
      expect(host.requestBody(stream, "more", false)).toBe(
        passes ? DataStatus.Continue : StopNoBuffer,
      );
      expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
    });
  });
}

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
