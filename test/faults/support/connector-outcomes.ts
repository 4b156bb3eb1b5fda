/** What does each fault of a node over HTTP amount to? By docs/node-protocol.md, and by what a gateway can know. */
import { NOT_IN_ANSWER } from "./oracle.ts";
import type { Amount, Copies } from "./oracle.ts";

/** The reasons as metrics have them; where hosts tell a fault in two ways, both. */
const NONE: Readonly<Record<string, string>> = {
  call_refused: "unresolvable unknown-cluster no-host",
  node_unreachable: `
    refused plain-to-tls tls-alert tls-hangs-up tls-then-reset reset-on-accept closed-on-accept reset-while-told
    reset-before-reply closed-before-reply half-closed-before-reply not-a-node-503`,
  // Envoy gives up the handshake with connect_timeout.
  "timed_out node_unreachable": "tls-to-plain",
  timed_out: `accepts-and-reads-nothing silent trickles-head late-answer not-a-node-504`,
  connection_lost: `
    reset-in-body closed-in-body chunked-garbage chunk-without-end length-too-long-closed`,
  // A busy machine may bring the first byte too late.
  "connection_lost timed_out": "trickles-body chunks-never-end length-too-long",
  // What is no HTTP is a gateway's 502.
  not_a_node: `
    not-a-node-200 not-a-node-500 length-rubbish length-negative two-lengths length-and-chunked no-http binary http-2-preface
    header-of-1-mb headers-without-end header-with-nul status-without-number`,
  "not_a_node node_unreachable": "reset-in-head",
  node_error: `
    status-500 status-502 status-504 status-599 status-500-with-verdict`,
  // The last of the calls that it waits for may have too little time left.
  "overloaded timed_out": "status-503 status-503-with-verdict",
  host_not_served: "status-415",
  rejected_by_node: `
    status-403 status-400 status-404 status-413 status-426 status-429 status-201 status-302
    status-206-with-verdict status-204 status-304 early-413`,
  "rejected_by_node node_unreachable connection_lost": "early-413-reset status-101",
  "malformed_answer connection_lost": "length-too-short",
  malformed_answer: `
    gzip empty-200 html json truncated cut-in-id byte-behind no-array promises-4-billion id-of-4-gb
    nested-60000 id-as-text short-id action-unknown action-number attacks-no-array no-action`,
  answer_too_large: "10-mb",
  no_verdict_in_answer: "no-verdict wrong-id wrong-part no-part two-pass-block two-block-pass",
  undecided_by_node: "error error-and-pass",
};

const PASS = `
  byte-by-byte-in-time verdict-before-the-end http-1.0 until-close chunked informational-flood early-hints
  node-header-twice extra-fields two-equal among-others`;

const BLOCK = `byte-by-byte-block block-before-the-end block-plain block-status-200 block-odd-texts`;

const words = (text: string): string[] => text.trim().split(/\s+/);

export function connectorAmounts(): ReadonlyMap<string, Amount> {
  const all = new Map<string, Amount>();
  for (const [names, faults] of Object.entries(NONE)) {
    for (const fault of words(faults)) all.set(fault, words(names));
  }
  for (const fault of words(PASS)) all.set(fault, "pass");
  for (const fault of words(BLOCK)) all.set(fault, { block: 403 });
  return all;
}

/** One of several messages gets its verdict, or of several calls some get their answer. */
const UNEVEN = ["verdict-before-the-end", "block-before-the-end", "length-too-short"];

/** Nobody acts on what is said of a copy, so that it is enough that something is. */
const JUDGED = ["attacks-no-array", "two-pass-block", "two-block-pass"];

export function copiesOf(fault: string, amount: Amount): Copies {
  if (UNEVEN.includes(fault)) return "some";
  if (!Array.isArray(amount) || JUDGED.includes(fault)) return "delivered";
  return amount.every((each: string) => NOT_IN_ANSWER.includes(each)) ? "only responses" : "lost";
}
