// What does the answer to an HTTP call mean? It may be the node's, or made by the gateway because the node did not answer.
// The signs are Envoy's (docs/rationale.md, "Why is an answer without x-wallarm-node no answer?").
import {
  BufferType,
  bytesToString,
  decimalText,
  getBuffer,
  getHeaderPairs,
  HeaderMapType,
  StaticName,
} from "as-proxy-wasm";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { Reply } from "../reply";
import { statusOf } from "../response-head";
import { isOverflow, isUnseen } from "../unseen";
import { readError, readReply } from "./verdict";

export const NODE_HEADER = StaticName.of("x-wallarm-node");
/** A verdict takes some 60 bytes; nothing that a node has to say comes near this. */
const MAX_ANSWER_BYTES: u32 = 64 * 1024;
/** Of what Envoy says in the node's place. */
const MAX_REASON_BYTES: u32 = 256;

/** Reads the answer of the call whose callback is running. */
export function readHttpReply(question: Question, headerCount: u32, bodySize: u32): Reply {
  const failure = failureOf(headerCount, bodySize);
  if (failure !== null) return failure;
  const first = question.asksAll ? 0 : question.part;
  return readReply(answerBody(bodySize), question.asked!.id, question.part, first);
}

/** Null: the node has answered 200, so that `answerBody` has what it says. */
export function failureOf(headerCount: u32, bodySize: u32): Reply | null {
  if (headerCount == 0) return new Reply(Outcome.ConnectionLost);
  const headers = getHeaderPairs(HeaderMapType.HttpCallResponseHeaders);
  if (headers === null) return new Reply(Outcome.ConnectionLost);
  const status = statusOf(headers);
  if (headers.find(NODE_HEADER) < 0) return withoutNode(status, bodySize);
  if (bodySize > MAX_ANSWER_BYTES) return new Reply(Outcome.TooLarge);
  return status == 200 ? null : nodeFailure(status, answerBody(bodySize));
}

export function answerBody(size: u32): ArrayBuffer {
  const body = size > 0 ? getBuffer(BufferType.HttpCallResponseBody, 0, size) : null;
  return body === null ? new ArrayBuffer(0) : body;
}

/** Envoy answers in the node's place with 503 where it can't connect, with 504 where nothing comes in time. */
function withoutNode(status: u32, bodySize: u32): Reply {
  if (status == 504) return new Reply(Outcome.TimedOut);
  if (status != 503) return new Reply(Outcome.NotANode);
  const why = gatewaysReason(bodySize);
  const reply = new Reply(isOverflow(why) ? Outcome.Overloaded : Outcome.Unreachable);
  reply.isGateways = isOverflow(why);
  reply.isUnseen = isOverflow(why) || isUnseen(why);
  return reply;
}

/** What the gateway says in the node's place, of the call whose callback is running. */
export function gatewaysReason(bodySize: u32): string {
  const why = getBuffer(BufferType.HttpCallResponseBody, 0, min(bodySize, MAX_REASON_BYTES));
  return why === null ? "" : bytesToString(why);
}

function nodeFailure(status: u32, body: ArrayBuffer): Reply {
  let outcome = Outcome.Rejected;
  if (status == 503) outcome = Outcome.Overloaded;
  else if (status >= 500) outcome = Outcome.NodeError;
  else if (status == 415) outcome = Outcome.HostNotServed;
  const reason = readError(body);
  const detail = "status " + decimalText(status) + (reason.length > 0 ? ", " + reason : "");
  const reply = new Reply(outcome, detail);
  reply.isUnseen = outcome == Outcome.Overloaded;
  return reply;
}
