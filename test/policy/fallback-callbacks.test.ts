/** What does each callback return where there is no verdict, with either fallback_action? */
import { beforeEach, describe, expect, test } from "vitest";
import { DataStatus, HeadersStatus, type ScriptedHost, Status } from "../support/scripted-host.ts";
import { beginStream } from "./support/begin-stream.ts";

const { Continue, StopIteration } = HeadersStatus;
const { StopNoBuffer } = DataStatus;

let host: ScriptedHost;
let stream: number;

function begin(config: object): void {
  ({ host, stream } = beginStream(config));
}

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
      host.tick();
      host.tick();
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
