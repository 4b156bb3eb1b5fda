/**
 * Does a processor hear of any traffic what it hears from Envoy's own filter, where it is waited for and where it only looks on
 * (`observability_mode`, which `wallarm_mode: async` is)?
 */
import { expect, test } from "vitest";
import { Connection } from "../support/client.ts";
import type { RequestOptions } from "../support/client.ts";
import { carryOn, closeWith } from "../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import type { Answer } from "../support/upstream.ts";
import { describeBoth } from "./support/both.ts";

type Case = readonly [string, RequestOptions, Answer];

const POST = { method: "POST", body: "a=1&b=2" } as const;
const many = Array.from({ length: 50 }, (_, i) => [`x-${i}`, "v".repeat(1000)] as const);
const chunks = (...texts: string[]): RequestOptions => ({
  method: "POST",
  chunked: true,
  body: texts.map((text) => Buffer.from(text)),
});

const ok: Answer = (response) => void response.end("hello from the API");
const empty =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end();

const withTrailers: Answer = (response) => {
  response.setHeader("trailer", "x-sum");
  response.write("with trailers");
  response.addTrailers({ "x-sum": "4711" });
  response.end();
};

const CASES: readonly Case[] = [
  ["a GET", {}, ok],
  ["a HEAD", { method: "HEAD" }, empty(200, { "content-length": "77" })],
  ["a POST", POST, ok],
  ["a POST without a body", { method: "POST", headers: [["content-length", "0"]] }, ok],
  ["a GET with a body", { ...POST, method: "GET" }, ok],
  ["a DELETE with a body", { ...POST, method: "DELETE" }, ok],
  ["an OPTIONS", { method: "OPTIONS" }, ok],
  ["chunks", chunks("one", "two", "three"), ok],
  ["many small chunks", chunks(..."x".repeat(50)), ok],
  ["a chunk whose end comes apart", { ...chunks("one"), endApart: true }, ok],
  ["chunks and trailers", { ...chunks("one"), trailers: [["x-sum", "7"]] }, ok],
  ["trailers alone", { ...chunks(), trailers: [["x-sum", "7"]] }, ok],
  ["50 KB of headers", { headers: many }, ok],
  ["an upload of 1.5 MB", { method: "PUT", body: pattern(1_500_000) }, ok],
  ["an answer of 204", {}, empty(204)],
  ["an answer of 204 to a POST", POST, empty(204)],
  ["an answer of 304", {}, empty(304, { etag: '"1"' })],
  ["an answer of 500", {}, (response) => void response.writeHead(500).end("no")],
  [
    "an answer of 50 KB of headers",
    {},
    (response) => void response.writeHead(200, [...many.flat()]).end(),
  ],
  ["an answer of 200 KB", {}, (response) => void response.end(pattern(200_000))],
  ["an answer in chunks with trailers", {}, withTrailers],
  ["an answer without a byte", {}, (response) => (response.flushHeaders(), void response.end())],
  ["no answer", {}, (response) => void response.socket!.destroy()],
];

describeBoth("a processor hears the same of", {}, (both) => {
  test.each(CASES)("%s", (_, options, api) => both.same(options, carryOn, api));

  test("a body that is sent once the gateway says 100-continue", async () => {
    const path = "/continue";
    const played = both.sides.map(async (side) => {
      const connection = await Connection.open(side.gateway);
      const headers = [
        ["expect", "100-continue"],
        ["content-length", "5"],
      ] as const;
      await connection.write(
        connection.head({ method: "POST", path, headers, host: "api.example" }),
      );
      const answer = connection.readResponse();
      await expect.poll(() => connection.informational, { timeout: 5000 }).toEqual([100]);
      await connection.write("after");
      const response = await answer;
      connection.abort();
      return side.seen(path, response);
    });
    const [ours, theirs] = await Promise.all(played);
    expect(ours).toEqual(theirs);
  });
});

const observing = {
  config: { wallarm_mode: "async" },
  // As the vendor's guide has it; else Envoy's filter refuses requests for a stream that fails, though it only looks on.
  native: { observability_mode: true, failure_mode_allow: true, deferred_close_timeout: "0.5s" },
};

/** What a processor says that is not asked. */
const UNASKED: readonly (readonly [string, AnswerMessage])[] = [
  ["answers all the same", (told, stream) => stream.reply({ [told.kind]: {} })],
  ["refuses", (_, stream) => stream.reply({ immediate_response: { status: { code: 403 } } })],
  ["answers rubbish", (_, stream) => void stream.call.write(Buffer.alloc(300, 0xff))],
  ["ends the stream at once", closeWith(0)],
  ["fails", closeWith(13)],
];

describeBoth("a processor that only looks on hears the same of", observing, (both) => {
  test.each(CASES)("%s", (_, options, api) => both.same(options, carryOn, api));

  test.each(UNASKED)("a POST, and %s: client and API see the same", async (_, answer) => {
    const [ours, theirs] = await both.play(POST, answer);
    expect([ours.client, ours.api]).toEqual([theirs.client, theirs.api]);
  });
});
