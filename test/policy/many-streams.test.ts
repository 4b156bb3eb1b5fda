/**
 * Is everything back where it was after a hundred thousand streams, whatever became of them: linear memory, and the host's table
 * of streams? Envoy's own memory was measured by hand: docs/nodes.md.
 */
import { expect, test } from "vitest";
import { DataStatus, HeadersStatus, ScriptedHost } from "../support/scripted-host.ts";

const CONTINUE = { request_headers: "0a00", response_headers: "1200", request_body: "1a00" };
const REFUSAL = "3a050a03089303"; // status 403
const RUBBISH = "ffffffff";

/** One request from its begin to its end, in one of many ways. */
type Life = (host: ScriptedHost, stream: number) => void;

const answered: Life = (host, stream) => {
  host.requestHeaders(stream, true);
  host.grpcMessage(CONTINUE.request_headers);
  host.response(stream);
  host.grpcMessage(CONTINUE.response_headers);
  host.endOfStream(stream);
  host.grpcClose(0);
};

const withBody: Life = (host, stream) => {
  host.requestHeaders(stream, false, "POST");
  host.grpcMessage(CONTINUE.request_headers);
  host.requestBody(stream, "x".repeat(2000), true);
  host.grpcMessage(CONTINUE.request_body);
  host.response(stream);
  host.grpcMessage(CONTINUE.response_headers);
  host.endOfStream(stream);
  host.grpcClose(0);
};

const asked =
  (next: (host: ScriptedHost) => void): Life =>
  (host, stream) => {
    host.requestHeaders(stream, true);
    next(host);
    host.endOfStream(stream);
  };

const LIVES: readonly Life[] = [
  answered,
  withBody,
  asked((host) => host.grpcMessage(REFUSAL)),
  asked((host) => host.grpcMessage(RUBBISH)),
  asked((host) => host.grpcClose(13)),
  asked((host) => host.grpcClose(0)),
  // The client is gone before there is an answer.
  asked(() => {}),
  // The processor keeps its side open for ever.
  (host, stream) => {
    answered(host, stream);
    host.tick();
  },
  // Nothing comes, until the deadline.
  (host, stream) => {
    host.requestHeaders(stream, true);
    for (let tick = 0; tick < 15; tick++) host.tick();
    host.endOfStream(stream);
  },
];

function live(host: ScriptedHost, count: number): void {
  for (let i = 0; i < count; i++) {
    LIVES[i % LIVES.length]!(host, host.stream());
    // A host answers each call, at its time-out at the latest.
    host.loseProbes();
  }
  host.acts.length = 0;
  host.localResponses.length = 0;
  host.lines.length = 0;
}

test.each(["sync", "async"])(
  "100,000 streams leave nothing behind (%s)",
  (wallarm_mode) => {
    const host = new ScriptedHost();
    expect(host.configure({ wallarm_node: "h2://node:5080", wallarm_mode })).toBe(1);
    live(host, 5_000);
    const before = host.memoryBytes;
    live(host, 95_000);
    // Processors that do not end their side are cut off after five seconds.
    for (let tick = 0; tick < 60; tick++) host.tick();
    expect(host.memoryBytes).toBe(before);
    expect([...host.grpcStreams]).toEqual([]);
  },
  60_000,
);

test("a processor that never ends its side is cut off after five seconds", () => {
  const host = new ScriptedHost();
  host.configure({ wallarm_node: "h2://node:5080" });
  const stream = host.stream();
  expect(host.requestHeaders(stream, true)).toBe(HeadersStatus.StopIteration);
  host.grpcMessage(CONTINUE.request_headers);
  expect(host.acts).toEqual(["continue"]);
  const [headers, body] = host.response(stream);
  expect([headers, body]).toEqual([HeadersStatus.StopIteration, DataStatus.StopAndWatermark]);
  host.grpcMessage(CONTINUE.response_headers);
  host.endOfStream(stream);
  for (let tick = 0; tick < 45; tick++) host.tick();
  expect(host.grpcStreams.size).toBe(1);
  for (let tick = 0; tick < 10; tick++) host.tick();
  expect(host.grpcStreams.size).toBe(0);
});
