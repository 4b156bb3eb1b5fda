/**
 * Is what a processor answers taken as Envoy's own filter takes it, whatever it answers: changes of every kind, answers to the
 * client in every phase, modes, the unexpected, and ends? What differs, and why: docs/nodes.md.
 */
import { describe, test } from "vitest";
import type { RequestOptions } from "../support/client.ts";
import { carryOn, closeWith } from "../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import type { Answer } from "../support/upstream.ts";
import { describeBoth } from "./support/both.ts";
import { mutating, set } from "./support/mutations.ts";

const POST = { method: "POST", body: "a=1&b=2" } as const;
const TRAILERS = { ...POST, chunked: true, trailers: [["x-sum", "7"]] } as const;
const TWICE: RequestOptions = {
  headers: [
    ["x-twice", "1"],
    ["x-twice", "2"],
    ["x-once", "1"],
  ],
};
const twice: Answer = (response) => {
  response.setHeader("x-twice", ["1", "2"]);
  response.setHeader("x-once", "1");
  response.end("hello");
};
const appends = { append: { value: true } };

/** `answer` to messages of this kind, CONTINUE to others. */
const at =
  (kind: string, answer: AnswerMessage): AnswerMessage =>
  (told, stream) =>
    told.kind === kind ? answer(told, stream) : carryOn(told, stream);

const CHANGES: readonly (readonly [string, object])[] = [
  ...[0, 1, 2, 3].flatMap((append_action) =>
    ["x-twice", "x-new"].map(
      (name) =>
        [
          `sets ${name} with append_action ${append_action}`,
          { set_headers: [set(name, "3", { append_action })] },
        ] as const,
    ),
  ),
  ["appends to none", { set_headers: [set("x-new", "3", appends)] }],
  ["appends twice", { set_headers: [set("x-new", "3", appends), set("x-new", "4", appends)] }],
  ["sets twice", { set_headers: [set("x-new", "3"), set("x-new", "4")] }],
  ["keeps an empty value", { set_headers: [set("x-new", "", { keep_empty_value: true })] }],
  ["sets over with nothing", { set_headers: [set("x-once", "")] }],
  ["removes one of two", { remove_headers: ["x-twice"] }],
  ["removes what is not there", { remove_headers: ["x-nowhere", "x-once"] }],
  ["removes in capitals", { remove_headers: ["X-ONCE"] }],
  ["removes :scheme and :status", { remove_headers: [":scheme", ":status", "x-once"] }],
  ["sets an unknown pseudo-header", { set_headers: [set(":x", "1"), set("x-after", "1")] }],
  ["sets x-envoy-upstream-alt", { set_headers: [set("x-envoy-foo", "1"), set("x-after", "1")] }],
  ["sets transfer-encoding", { set_headers: [set("transfer-encoding", "x"), set("x-after", "1")] }],
  ["has an option without a header", { set_headers: [{}, set("x-after", "1")] }],
  ["sets a tab and bytes", { set_headers: [set("x-new", "a\tb\u00ff")] }],
  ["sets a value of 8 KB", { set_headers: [set("x-new", "v".repeat(8192))] }],
  ["sets 100", { set_headers: Array.from({ length: 20 }, (_, i) => set(`x-${i}`, "1")) }],
];

const IMMEDIATE: readonly (readonly [string, object])[] = [
  ["bare", { status: { code: 403 } }],
  [
    "with everything",
    {
      status: { code: 429 },
      body: Buffer.from("slow down"),
      details: "too many\n requests",
      headers: { set_headers: [set("retry-after", "7"), set("x-a", "1"), set("x-a", "2")] },
    },
  ],
  ["of 204", { status: { code: 204 } }],
  ["of 304", { status: { code: 304 } }],
  ["of 600", { status: { code: 600 } }],
  ["of 64 KB", { status: { code: 403 }, body: pattern(65_536) }],
  [
    "that removes headers",
    {
      status: { code: 403 },
      body: Buffer.from("x"),
      headers: { remove_headers: ["content-type", "content-length"] },
    },
  ],
];

const GRPC: RequestOptions = {
  ...POST,
  headers: [
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ],
};

const MODES: readonly (readonly [string, string, object])[] = [
  ["request_headers", "no trailers", { request_body_mode: 1, request_trailer_mode: 2 }],
  ["request_headers", "buffered bodies", { request_body_mode: 2, response_body_mode: 2 }],
  ["request_headers", "nothing", { request_header_mode: 2, response_header_mode: 2 }],
  ["request_body", "no response", { request_body_mode: 1, response_header_mode: 2 }],
  ["response_headers", "no response body", { response_body_mode: 0 }],
  ["response_headers", "a response body", { response_body_mode: 1 }],
];

const answering = (answer: object): AnswerMessage => {
  return (_, stream) => stream.reply({ immediate_response: answer });
};

describeBoth("an answer is taken as Envoy's filter takes it,", {}, (both) => {
  test.each(CHANGES)("where a request's head: it %s", (_, mutation) =>
    both.same(TWICE, mutating("request_headers", mutation)),
  );

  test.each(CHANGES)("where a response's head: it %s", (_, mutation) =>
    both.same({}, mutating("response_headers", mutation), twice),
  );

  describe.each(["request_headers", "request_body", "request_trailers", "response_headers"])(
    "where %s are answered for the client",
    (kind) => {
      test.each(IMMEDIATE)("%s", (_, answer) => both.same(TRAILERS, at(kind, answering(answer))));

      test.each(["HEAD", "GET"])("%s", (method) =>
        kind === "request_headers" || kind === "response_headers"
          ? both.same({ method }, at(kind, answering(IMMEDIATE[1]![1])))
          : undefined,
      );

      test("by a status of gRPC", () => {
        const answer = { status: { code: 403 }, grpc_status: { status: 7 }, details: "no" };
        return both.same(
          { ...GRPC, chunked: true, trailers: [["x-sum", "7"]] },
          at(kind, answering({ ...answer, body: Buffer.from("no%") })),
        );
      });
    },
  );

  test.each(MODES)("where %s override the mode to %s", (kind, _, mode_override) =>
    both.same(
      TRAILERS,
      at(kind, (told, stream) => stream.reply({ [told.kind]: {}, mode_override })),
    ),
  );

  test.each(["request_headers", "request_body", "response_headers", "response_body"])(
    "where an answer to %s holds fields that nobody knows",
    (kind) =>
      both.same(
        POST,
        at(kind, (told, stream) => {
          const field =
            { request_headers: 1, response_headers: 2, request_body: 3 }[told.kind] ?? 4;
          const unknown = "f83f01fa3f0161fd3f01020304f93f0102030405060708";
          const inner = `0a07${"0800f83f80800f".slice(0, 14)}`;
          const bytes = Buffer.from(
            `${((field << 3) | 2).toString(16).padStart(2, "0")}09${inner}${unknown}`,
            "hex",
          );
          stream.call.write(bytes);
        }),
      ),
  );

  test.each(["request_headers", "request_body", "response_headers", "response_body"])(
    "where the stream ends with OK once %s are answered",
    (kind) =>
      both.same(
        POST,
        at(kind, (told, stream) => {
          carryOn(told, stream);
          closeWith(0)(told, stream);
        }),
      ),
  );

  const ends = [1, 2, 3, 4, 5, 7, 8, 12, 13, 14, 16];
  test.each(ends)("where the stream ends with status %i, at once", (code) =>
    both.same({}, closeWith(code)),
  );
});

const big = "v".repeat(1000);
const answersWith =
  (status: number): Answer =>
  (response) =>
    void response.writeHead(status, { etag: '"1"' }).end();

const TRAFFIC: readonly (readonly [string, RequestOptions, Answer?])[] = [
  ["an answer of 304", {}, answersWith(304)],
  ["an answer of 204 to a POST", POST, answersWith(204)],
  ["an answer of 500", {}, (response) => void response.writeHead(500).end("no")],
  [
    "a HEAD with a length",
    { method: "HEAD" },
    (response) => void response.writeHead(200, { "content-length": "77" }).end(),
  ],
  ["50 KB of headers", { headers: Array.from({ length: 50 }, (_, i) => [`x-${i}`, big] as const) }],
  [
    "50 KB of headers in the answer",
    {},
    (response) => {
      for (let i = 0; i < 50; i++) response.setHeader(`x-${i}`, big);
      response.end();
    },
  ],
  ["a DELETE with a body", { ...POST, method: "DELETE" }],
  ["a GET with a body", { ...POST, method: "GET" }],
  [
    "many small chunks",
    { method: "POST", chunked: true, body: Array.from({ length: 50 }, () => Buffer.from("x")) },
  ],
  [
    "a body whose end comes apart",
    { method: "POST", chunked: true, body: [Buffer.from("x")], endApart: true },
  ],
  [
    "an answer in chunks with trailers",
    {},
    (response) => {
      response.setHeader("trailer", "x-sum");
      response.write("with trailers");
      response.addTrailers({ "x-sum": "4711" });
      response.end();
    },
  ],
  [
    "an answer without a byte, chunked",
    {},
    (response) => {
      response.flushHeaders();
      response.end();
    },
  ],
  ["an answer that breaks off", {}, (response) => void response.socket!.destroy()],
  ["an upload of 1.5 MB", { method: "PUT", body: pattern(1_500_000) }],
];

describeBoth("a processor hears the same of", {}, (both) => {
  test.each(TRAFFIC)("%s", (_, options, api) => both.same(options, carryOn, api));
});
