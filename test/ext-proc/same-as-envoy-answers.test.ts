/**
 * Is what a processor answers taken as Envoy's own filter takes it, whatever it answers: changes of every kind, answers to the
 * client in every phase, modes, the unexpected, and ends? What differs, and why: docs/nodes.md.
 */
import { describe, expect, test } from "vitest";
import type { RequestOptions } from "../support/client.ts";
import { replyBytes } from "../support/ext-proc/codec.ts";
import type { Told } from "../support/ext-proc/codec.ts";
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

type AnswerOf = (told: Told) => readonly Buffer[];

const writing =
  (answer: AnswerOf): AnswerMessage =>
  (told, stream) => {
    for (const bytes of answer(told)) stream.call.write(bytes);
  };

const carryingOn = ({ kind }: Told): Buffer => replyBytes({ [kind]: {} });
const changing = ({ kind }: Told, header_mutation: object): Buffer =>
  replyBytes({ [kind]: { response: { header_mutation } } });

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

const ENDS = [1, 2, 3, 4, 5, 7, 8, 12, 13, 14, 16];

const answering = (answer: object): AnswerMessage => {
  return (_, stream) => stream.reply({ immediate_response: answer });
};

/** Sent by a processor that does more or less than the protocol has, and taken alike. */
const HARMLESS: readonly (readonly [string, AnswerOf])[] = [
  ["is CONTINUE_AND_REPLACE", (told) => [replyBytes({ [told.kind]: { response: { status: 1 } } })]],
  ["asks for more time first", (told) => [Buffer.from("52020805", "hex"), carryingOn(told)]],
  [
    "holds fields that nobody knows",
    (told) => [Buffer.concat([carryingOn(told), Buffer.from("f83f01fa3f0161fd3f01020304", "hex")])],
  ],
];

const UNUSABLE: readonly (readonly [string, AnswerOf])[] = [
  ["is one to another message", () => [replyBytes({ response_trailers: {} })]],
  [
    "sets a value with a line break",
    (told) => [changing(told, { set_headers: [set("x-a", "1\n2")] })],
  ],
  ["sets a name with a blank", (told) => [changing(told, { set_headers: [set("x a", "1")] })]],
  ["removes a name with a blank", (told) => [changing(told, { remove_headers: ["x a"] })]],
];

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
      const request = kind === "request_trailers" ? TRAILERS : POST;
      test.each(IMMEDIATE)("%s", (_, answer) => both.same(request, at(kind, answering(answer))));

      test("by a status of gRPC", () => {
        const answer = { status: { code: 403 }, grpc_status: { status: 7 }, details: "no" };
        return both.same(
          { ...request, ...GRPC },
          at(kind, answering({ ...answer, body: Buffer.from("no%") })),
        );
      });
    },
  );

  test.each(["request_headers", "response_headers"])("where %s of a HEAD are answered", (kind) =>
    both.same({ method: "HEAD" }, at(kind, answering(IMMEDIATE[1]![1]))),
  );

  test.each(MODES)("where %s override the mode to %s", (kind, _, mode_override) =>
    both.same(
      TRAILERS,
      at(kind, (told, stream) => stream.reply({ [told.kind]: {}, mode_override })),
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

  test.each(ENDS)("where the stream ends with status %i, at once", async (code) => {
    const [ours, theirs] = await both.play(POST, closeWith(code));
    // The client's answer is the policy's own, with its request id.
    expect(ours.client).toMatchObject({ status: 403 });
    expect(theirs.client).toMatchObject({ status: 403 });
    expect([ours.told, ours.api]).toEqual([theirs.told, theirs.api]);
  });

  describe.each(["request_headers", "request_body", "response_headers", "response_body"])(
    "where an answer to %s",
    (kind) => {
      test.each(HARMLESS)("%s", (_, answer) => both.same(POST, at(kind, writing(answer))));

      test.each(UNUSABLE)("%s", async (_, answer) => {
        const [ours, theirs] = await both.play(POST, at(kind, writing(answer)));
        expect([ours.told, ours.api]).toEqual([theirs.told, theirs.api]);
        expect(theirs.client).toMatchObject({ status: 403 });
        // fallback_action is about requests: a response goes on.
        expect(ours.client).toMatchObject({ status: kind.startsWith("request") ? 403 : 200 });
      });
    },
  );

  test("where the head is answered twice before there is a body", async () => {
    const twice = at("request_headers", (told, stream) => {
      carryOn(told, stream);
      carryOn(told, stream);
    });
    const [ours, theirs] = await both.play(POST, twice);
    for (const { client, api } of [ours, theirs]) {
      expect(client).toMatchObject({ status: 403 });
      expect(api).toBeUndefined();
    }
  });
});
