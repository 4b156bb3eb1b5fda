// What does the answer to an HTTP call mean? It may be the node's, or made by the gateway because the node did not answer.
// The signs are Envoy's (docs/rationale.md, "Why is an answer without x-wallarm-node no answer?").
import {
  BufferType,
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
import { readError, readReply } from "./verdict";

const NODE_HEADER = StaticName.of("x-wallarm-node");
/** A verdict takes some 60 bytes; nothing that a node has to say comes near this. */
const MAX_ANSWER_BYTES: u32 = 64 * 1024;

/** Reads the answer of the call whose callback is running. */
export function readHttpReply(question: Question, headerCount: u32, bodySize: u32): Reply {
  if (headerCount == 0) return new Reply(Outcome.ConnectionLost);
  const headers = getHeaderPairs(HeaderMapType.HttpCallResponseHeaders);
  if (headers === null) return new Reply(Outcome.ConnectionLost);
  const status = statusOf(headers);
  if (headers.find(NODE_HEADER) < 0) return new Reply(withoutNode(status));
  if (bodySize > MAX_ANSWER_BYTES) return new Reply(Outcome.TooLarge);
  let body: ArrayBuffer | null = null;
  if (bodySize > 0) body = getBuffer(BufferType.HttpCallResponseBody, 0, bodySize);
  if (status != 200) return nodeFailure(status, body);
  if (!question.wantsVerdict) return new Reply(Outcome.Pass);
  return readReply(body === null ? new ArrayBuffer(0) : body, question.id, question.part);
}

/** Envoy answers in the node's place with 503 where it can't connect, with 504 where nothing comes in time. */
function withoutNode(status: u32): Outcome {
  if (status == 503) return Outcome.Unreachable;
  if (status == 504) return Outcome.TimedOut;
  return Outcome.NotANode;
}

function nodeFailure(status: u32, body: ArrayBuffer | null): Reply {
  let outcome = Outcome.Rejected;
  if (status >= 500) outcome = Outcome.NodeError;
  else if (status == 415) outcome = Outcome.HostNotServed;
  const reason = body === null ? "" : readError(body);
  const detail = "status " + decimalText(status) + (reason.length > 0 ? ", " + reason : "");
  return new Reply(outcome, detail);
}
