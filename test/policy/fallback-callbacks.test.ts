/** What does each callback return where there is no verdict, with either fallback_action and unjudged_action? */
import { beforeEach, describe, expect, test } from "vitest";
import { http } from "../support/node/replies.ts";
import { DataStatus, HeadersStatus, type ScriptedHost, Status } from "../support/scripted-host.ts";

import { beginStream } from "./support/begin-stream.ts";

const { Continue, StopIteration } = HeadersStatus;
const { StopNoBuffer } = DataStatus;

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  ({ host, stream } = beginStream(config));
}

/** No node answers the question, nor when it is asked once more; and then the canary. */
function loseBoth(): void {
  host.fail();
  host.fail();
}

const ACTIONS = ["pass", "block"] as const;

describe.each(ACTIONS)("fallback_action %s, where no node can be reached,", (action) => {
  const passes = action === "pass";
  const unjudged_action = passes ? "block" : "pass";
  beforeEach(() => begin({ fallback_action: action, unjudged_action }));

  test("decides when calls have failed, and a canary too", () => {
    host.requestHeaders(stream, true);
    loseBoth();
    expect([host.acts, host.localResponses, host.probes.length]).toEqual([[], [], 1]);
    host.loseProbes();
    expect(host.acts).toEqual(passes ? ["continue"] : []);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
    const [, line] = host.lines.filter((each) => each.includes("[req: "));
    expect(line).toMatch(/(let through|blocked) by fallback_action: connection lost$/);
  });

  test("decides inside the callback when a call is refused, and a canary too", () => {
    host.statuses.proxy_http_call = Status.InternalFailure;
    expect(host.requestHeaders(stream, true)).toBe(passes ? Continue : StopIteration);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
    expect(host.acts).toEqual([]);
  });

  test("decides when a call for a body is refused", () => {
    host.statuses.proxy_http_call = Status.InternalFailure;
    host.requestHeaders(stream, false, "POST");
    expect(host.requestBody(stream, "all", true)).toBe(passes ? DataStatus.Continue : StopNoBuffer);
    expect(host.body(stream).released.toString()).toBe(passes ? "all" : "");
  });

  test("decides when a call is refused at the trailers", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "all", false);
    host.statuses.proxy_http_call = Status.InternalFailure;
    expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
    expect([host.localResponses, host.acts]).toEqual([passes ? [] : [403], []]);
  });

  test("decides once the head was judged before, when nothing else is asked any more", () => {
    host.requestHeaders(stream, false, "POST");
    host.tick();
    host.tick();
    host.verdict("pass");
    host.requestBody(stream, "all", true);
    loseBoth();
    // It has answered just now: canaries go out for half a second more.
    for (let tick = 0; tick < 6; tick++) {
      host.loseProbes();
      host.tick();
    }
    expect(host.acts).toEqual(passes ? ["continue", "continue"] : ["continue"]);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
  });

  test("decides for good: the node is not told of the response to what it has not judged", () => {
    host.requestHeaders(stream, true);
    loseBoth();
    host.loseProbes();
    host.response(stream);
    host.tick();
    expect(host.calls).toHaveLength(2);
  });

  test("stays decided: what follows a request without a verdict passes, or goes nowhere", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, "all", true);
    loseBoth();
    host.loseProbes();
    expect(host.requestBody(stream, "more", false)).toBe(
      passes ? DataStatus.Continue : StopNoBuffer,
    );
    expect(host.requestTrailers(stream)).toBe(passes ? Continue : StopIteration);
  });
});

describe.each(ACTIONS)("unjudged_action %s, where a node lives,", (action) => {
  const passes = action === "pass";
  const fallback_action = passes ? "block" : "pass";
  beforeEach(() => begin({ fallback_action, unjudged_action: action }));

  test("decides when calls have failed, and a canary is answered", () => {
    host.requestHeaders(stream, true);
    loseBoth();
    host.answerProbe(true);
    // It lives: the connection may have been lost by chance.
    loseBoth();
    host.answerProbe(true);
    expect(host.acts).toEqual(passes ? ["continue"] : []);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
  });

  test("decides when calls have failed, and something that was asked later has its verdict", () => {
    host.requestHeaders(stream, true);
    const other = host.stream();
    host.fail();
    const again = host.calls.at(-1);
    host.requestHeaders(other, true);
    host.verdict("pass");
    host.fail(again);
    expect(host.probes).toEqual([]);
    // It lives: the connection may have been lost by chance.
    loseBoth();
    host.answerProbe(true);
    expect(host.acts).toEqual(passes ? ["continue", "continue"] : ["continue"]);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
  });

  test.each([400, 415, 500])("decides at once when the node answers %i", (status) => {
    host.requestHeaders(stream, true);
    host.reply(http(status));
    expect([host.calls.length, host.probes]).toEqual([1, []]);
    expect(host.acts).toEqual(passes ? ["continue"] : []);
    expect(host.localResponses).toEqual(passes ? [] : [403]);
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

  test.each([
    ["with its length", [["content-length", "3000"]]],
    ["of unknown length", []],
    ["before trailers that are announced", [["trailer", "x-sum"]]],
  ] as const)("decides when the host does not give a later chunk of a body %s", (_, more) => {
    const [first, second, third] = ["a", "b", "c"].map((letter) => letter.repeat(1000));
    host.requestHeaders(stream, false, "POST", more);
    host.requestBody(stream, first! + first!, false);
    host.statuses.proxy_get_buffer_bytes = Status.BadArgument;
    host.requestBody(stream, second!, false);
    delete host.statuses.proxy_get_buffer_bytes;
    expect(host.requestBody(stream, third!, true)).toBe(
      passes ? DataStatus.Continue : StopNoBuffer,
    );
    expect(host.localResponses).toEqual(passes ? [] : [403]);
    // What goes on is what came, in its order.
    const whole = first! + first! + second! + third!;
    expect(host.body(stream).released.toString()).toBe(passes ? whole : "");
  });

  test("decides when the host does not give a chunk while the head is judged: what follows is in its place", () => {
    host.requestHeaders(stream, false, "POST");
    host.tick();
    host.tick();
    host.statuses.proxy_get_buffer_bytes = Status.BadArgument;
    host.requestBody(stream, "a", false);
    delete host.statuses.proxy_get_buffer_bytes;
    const rest = "b".repeat(4000);
    host.requestBody(stream, rest, false);
    host.requestBody(stream, "", true);
    if (passes) host.verdict("pass");
    expect(host.localResponses).toEqual(passes ? [] : [403]);
    expect(host.body(stream).released.toString()).toBe(passes ? "a" + rest : "");
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
});

describe("a part that only the node could judge that has those before it", () => {
  test.each([
    ["fallback_action", "no node can be reached", false],
    ["unjudged_action", "another lives", true],
  ] as const)("is decided by %s where that one is gone and %s", (parameter, _, lives) => {
    const actions = { fallback_action: "block", unjudged_action: "block", [parameter]: "pass" };
    begin({ ...actions, additional_nodes: ["http://other:5050"], header_holding: "off" });
    host.properties["request.protocol"] = "HTTP/2";
    host.requestHeaders(stream, false, "POST", [["content-type", "application/grpc"]]);
    host.verdict("pass");
    for (const message of ["one", "two"]) {
      host.requestBody(stream, message, false);
      if (message === "one") host.verdict("pass");
    }
    host.fail();
    expect([host.localResponses, host.probes.length]).toEqual([[], 1]);
    while (host.probes.length > 0) host.answerProbe(lives);
    expect(host.localResponses).toEqual([]);
    expect(host.body(stream).released.toString()).toBe("onetwo");
  });
});

describe("where the host does not do what it is asked, nothing is altered:", () => {
  const BODY = "x".repeat(2000);
  beforeEach(() => begin({ fallback_action: "pass", unjudged_action: "pass" }));

  test("a chunk that it does not empty is not sent twice", () => {
    host.requestHeaders(stream, false, "POST");
    host.statuses.proxy_set_buffer_bytes = Status.InternalFailure;
    expect(host.requestBody(stream, BODY, false)).toBe(StopNoBuffer);
    expect([host.localResponses, host.acts]).toEqual([[413], []]);
  });

  test("bytes that it does not take back are not left out", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, BODY, false);
    host.statuses.proxy_set_buffer_bytes = Status.InternalFailure;
    expect(host.requestBody(stream, "end", true)).toBe(StopNoBuffer);
    expect([host.localResponses, host.acts]).toEqual([[413], []]);
  });

  test("a body that can't be put back any more waits for nothing where it does not give the trailers", () => {
    host.requestHeaders(stream, false, "POST");
    host.requestBody(stream, BODY, false);
    host.statuses.proxy_get_header_map_pairs = Status.BadArgument;
    expect(host.requestTrailers(stream)).toBe(StopIteration);
    expect([host.localResponses, host.acts]).toEqual([[411], []]);
  });

  test.each(["proxy_continue_stream", "proxy_set_effective_context"])(
    "a message that it does not let go, for %s fails, is not taken for one that the router keeps",
    (hostcall) => {
      host.properties["request.protocol"] = "HTTP/2";
      host.requestHeaders(stream, false, "POST", [["content-type", "application/grpc"]]);
      host.tick();
      host.tick();
      host.verdict("pass");
      host.requestBody(stream, "one", false);
      host.statuses[hostcall] = Status.BadArgument;
      host.verdict("pass");
      delete host.statuses[hostcall];
      expect(host.requestBody(stream, "two", false)).toBe(StopNoBuffer);
      expect(host.requestTrailers(stream)).toBe(StopIteration);
      host.tick();
      expect(host.acts).toEqual(["continue"]);
      expect(host.body(stream).released.toString()).toBe("");
    },
  );

  test("a head that it does not let go has no body that goes on", () => {
    host.requestHeaders(stream, false, "POST");
    host.tick();
    host.tick();
    host.statuses.proxy_continue_stream = Status.BadArgument;
    host.verdict("pass");
    delete host.statuses.proxy_continue_stream;
    expect(host.requestBody(stream, BODY, true)).toBe(StopNoBuffer);
    expect(host.body(stream).released.toString()).toBe("");
  });

  test("nor before trailers", () => {
    host.requestHeaders(stream, false, "POST", [["trailer", "x-sum"]]);
    host.requestBody(stream, BODY, false);
    host.requestTrailers(stream);
    host.statuses.proxy_set_buffer_bytes = Status.InternalFailure;
    host.verdict("pass");
    expect([host.localResponses, host.acts]).toEqual([[413], []]);
  });
});
