/** What does each fault of an external processor amount to? By docs/nodes.md, and by what a gateway can know. */
import type { Amount, Copies } from "./oracle.ts";
import type { Kind } from "./requests.ts";

/** The reasons as metrics have them; where hosts tell a fault in two ways, both. */
const NONE: Readonly<Record<string, string>> = {
  call_refused: "unknown-cluster unresolvable no-host",
  node_unreachable: `
    refused tls-hangs-up reset-on-accept closed-on-accept speaks-http-1 no-http grpc-14`,
  "node_unreachable timed_out": "tls-to-plain plain-to-tls accepts-and-reads-nothing",
  timed_out: "silent silent-after-head trickles late-answer grpc-4 frame-of-4-gb asks-for-time",
  not_a_node: "grpc-12",
  node_error: `
    grpc-1 grpc-2 grpc-3 grpc-5 grpc-6 grpc-7 grpc-8 grpc-9 grpc-10 grpc-11 grpc-15 grpc-16 grpc-99 grpc-rubbish`,
  // Of a stream that is cut off, and of one whose frames it can't read, the gateway says the same: 13.
  connection_lost: `
    reset-after-head grpc-13 grpc-13-after-head http-200-html rubbish compressed-flag compressed-flag-plain`,
  "connection_lost node_error": "reset-in-frame",
  malformed_answer: `
    empty-message rubbish-message length-beyond-the-end endless-groups unknown-fields-only wrong-kind immediate-bad-header`,
  // With the connection other streams end that are on it.
  "answer_too_large node_unreachable node_error connection_lost": "10-mb",
  "node_unreachable node_error connection_lost": "cut",
  answer_too_large: "300-kb",
};

/** What a gateway says of a stream that was never answered; in its middle all is INTERNAL, as where a connection is lost. */
const BEFORE_THE_HEAD: Readonly<Record<string, string>> = {
  node_unreachable: `
    reset-none reset-protocol reset-internal reset-refused reset-cancel reset-calm http-502 http-503 http-429`,
  not_a_node: "http-404",
  node_error: "http-500 http-415 http-403 http-302 http-204 http-500-with-body empty-200",
};

const PASS = `
  byte-by-byte-in-time answer-and-grpc-0 header-of-bytes header-that-routes response-silent response-reset response-grpc-13
  response-rubbish response-wrong-kind response-never-ends response-two-answers`;

const REFUSED: Readonly<Record<string, number>> = {
  "immediate-403": 403,
  "immediate-without-status": 200,
  "immediate-99": 200,
  "immediate-1000": 200,
  "immediate-503": 503,
};

/** Of heads: what is asked later is answered well. */
const OF_HEADS = ["header-with-line-break", "header-without-name"];
/** A clean end: whoever has answered before wants to hear no more, whoever has not, has agreed to nothing. */
const ENDS = ["grpc-0", "ends-in-frame"];
/** Whether what follows an answer comes before the next question is up to the machine. */
const UNSURE = ["two-answers", "answer-and-grpc-13"];

const words = (text: string): string[] => text.trim().split(/\s+/);

export function processorAmounts(): ReadonlyMap<string, (kind: Kind) => Amount> {
  const all = new Map<string, (kind: Kind) => Amount>();
  const add = (faults: readonly string[], first: Amount, later = first): void => {
    for (const fault of faults) all.set(fault, ({ from }) => (from === 0 ? first : later));
  };
  for (const [names, faults] of Object.entries(NONE)) add(words(faults), words(names));
  for (const [names, faults] of Object.entries(BEFORE_THE_HEAD)) {
    add(words(faults), words(names), ["connection_lost", "node_error"]);
  }
  for (const [fault, block] of Object.entries(REFUSED)) add([fault], { block });
  add(words(PASS), "pass");
  add(OF_HEADS, ["malformed_answer"], "pass");
  add(ENDS, ["no_verdict_in_answer"], "pass");
  add(UNSURE, "unsure");
  return all;
}

const LOSES_SOME = ["cut", "10-mb", "trickles", ...OF_HEADS, ...UNSURE];

/** Behind the clean end of a stream nothing more comes about. */
const END_WELL = ["answer-and-grpc-0", ...ENDS];

export const copiesOf = (fault: string): Copies => {
  if (END_WELL.includes(fault)) return "until it ends";
  return fault.startsWith("response-") || LOSES_SOME.includes(fault) ? "some" : "streams";
};
