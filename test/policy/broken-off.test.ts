/** When is the node told that a request broke off? Where its rest never came: not where it came to an end after our answer. */
import { beforeEach, expect, test } from "vitest";
import type { ScriptedHost } from "../support/scripted-host.ts";
import { beginStream } from "./support/begin-stream.ts";

let host: ScriptedHost;
let stream: number;

/** Its head has passed, and its body is longer than may be. */
beforeEach(() => {
  const block = { request_body_limit: 5, request_body_overflow: "block" };
  ({ host, stream } = beginStream({ header_holding: "off", ...block }));
  host.requestHeaders(stream, false, "POST");
  host.verdict("pass");
  host.requestBody(stream, "too long", false);
  expect(host.localResponses).toEqual([413]);
});

const lastPart = (): unknown => {
  host.endOfStream(stream);
  host.tick();
  return host.calls.at(-1).message;
};

test("a request that we answered and that never ended has broken off", () => {
  expect(lastPart()).toMatchObject({ part: 1, last: true, aborted: true });
});

test.each([
  ["a chunk", () => host.requestBody(stream, "x", true)],
  ["nothing more", () => host.requestBody(stream, "", true)],
  ["trailers", () => host.requestTrailers(stream)],
])("one that ended with %s after our answer has not", (_, end) => {
  end();
  expect(lastPart()).toMatchObject({ part: 1, last: true, truncated: true, aborted: false });
});
