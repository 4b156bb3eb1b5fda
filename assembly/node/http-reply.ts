// What does the answer to an HTTP call mean? It may be the node's, or made by the gateway because the node did not answer.
// The signs are Envoy's (docs/rationale.md, "Why is an answer without x-wallarm-node no answer?").
import {
  BufferType,
  getBuffer,
  getHeaderPairs,
  HeaderMapType,
  HeaderPairs,
  StaticName,
} from "as-proxy-wasm";
import { Outcome } from "./outcome";
import { Question } from "./question";
import { readError, readReply, Reply } from "./reply";

const STATUS = StaticName.of(":status");
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

function statusOf(headers: HeaderPairs): i32 {
  const index = headers.find(STATUS);
  let status = 0;
  for (let at = 0; index >= 0 && at < 3 && at < i32(headers.valueLength(index)); at++) {
    status = status * 10 + i32(headers.valueByte(index, at)) - 0x30;
  }
  return status;
}

/** Envoy answers in the node's place with 503 where it can't connect, with 504 where nothing comes in time. */
function withoutNode(status: i32): Outcome {
  if (status == 503) return Outcome.Unreachable;
  if (status == 504) return Outcome.TimedOut;
  return Outcome.NotANode;
}

function nodeFailure(status: i32, body: ArrayBuffer | null): Reply {
  let outcome = Outcome.Rejected;
  if (status >= 500) outcome = Outcome.NodeError;
  else if (status == 415) outcome = Outcome.HostNotServed;
  const reply = new Reply(outcome);
  const reason = body === null ? "" : readError(body);
  reply.detail = "status " + status.toString() + (reason.length > 0 ? ", " + reason : "");
  return reply;
}
