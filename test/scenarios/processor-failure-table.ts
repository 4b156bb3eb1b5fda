/** In which ways can an external processor fail to give a verdict? As failure-table.ts has it for a node over HTTP. */
import { closeWith } from "../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../support/ext-proc/processor.ts";
import type { ProcessorNode } from "../support/ext-proc/processor-node.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Failure } from "./failure-table.ts";

const answers = (
  what: string,
  outcome: string,
  answer: AnswerMessage,
  canary: Failure["canary"] = "none",
): Failure => ({
  what,
  outcomes: [outcome],
  canary,
  // What is answered to a copy is not looked at; only how the stream ends.
  isLossOutOfBand: false,
  breakNode: (node: TestNode) => (node as ProcessorNode).processor.answerWith(answer),
});

const ends = (
  what: string,
  outcome: string,
  code: number,
  canary: Failure["canary"] = "none",
): Failure => ({
  ...answers(what, outcome, closeWith(code), canary),
  isLossOutOfBand: code !== 0,
});

const raw =
  (bytes: Buffer): AnswerMessage =>
  (_, stream) =>
    void stream.call.write(bytes);

const mutation = (set_headers: object[]): AnswerMessage => {
  const answer = { request_headers: { response: { header_mutation: { set_headers } } } };
  return (_, stream) => stream.reply(answer);
};

const header = (key: string, value: string): object => ({
  header: { key, raw_value: Buffer.from(value) },
});

export const PROCESSOR_FAILURES: readonly Failure[] = [
  {
    what: "a connection that is refused",
    outcomes: ["node unreachable"],
    canary: "refused",
    breakNode: (node) => node.refuse(),
  },
  answers("silence", "timed out", () => {}, "asked"),
  ends("a clean end without an answer", "no verdict in answer", 0),
  ends("CANCELLED", "node error", 1),
  ends("DEADLINE_EXCEEDED", "timed out", 4, "asked"),
  ends("PERMISSION_DENIED", "node error", 7),
  ends("RESOURCE_EXHAUSTED", "node error", 8),
  ends("UNIMPLEMENTED", "not a node", 12, "asked"),
  ends("INTERNAL", "connection lost", 13, "asked"),
  ends("UNAVAILABLE", "node unreachable", 14, "asked"),
  ends("a status that gRPC does not have", "node error", 99),
  answers("an empty answer", "malformed answer", raw(Buffer.alloc(0))),
  answers("rubbish", "malformed answer", raw(Buffer.alloc(300, 0xff))),
  answers("a length beyond the end", "malformed answer", raw(Buffer.from("0affffffff0f", "hex"))),
  answers(
    "a length that overflows 64 bits",
    "malformed answer",
    raw(Buffer.from("0affffffffffffffffffff7f", "hex")),
  ),
  answers("groups in each other without an end", "malformed answer", raw(Buffer.alloc(1e5, 0x63))),
  answers("2 MB", "answer too large", raw(Buffer.alloc(2_000_000, 0x01))),
  answers("an answer to another message", "malformed answer", (_, stream) =>
    stream.reply({ response_headers: {} }),
  ),
  answers("a header with a line break", "malformed answer", mutation([header("x-a", "1\r\nb: 2")])),
  answers("a header without a name", "malformed answer", mutation([header("", "1")])),
  answers(
    "more changes than a head may have headers",
    "malformed answer",
    mutation(Array.from({ length: 201 }, (_, i) => header(`x-${i}`, "1"))),
  ),
];
