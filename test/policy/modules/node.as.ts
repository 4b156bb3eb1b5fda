// What do the modules that speak to a node make of a test's numbers, texts and bytes?
import { ByteWriter, HeaderPairs, HeldBytes, StaticName } from "as-proxy-wasm";
import { ApiIdentity } from "../../../assembly/api-identity";
import { BodyPart } from "../../../assembly/node/body-part";
import { writeLaterPart, writeProbe, writeRequest, writeResponse, writeResponseEnd } from "../../../assembly/node/connector/message";
import { writeArrayHeader } from "../../../assembly/node/connector/msgpack-writer";
import { readError, readReply } from "../../../assembly/node/connector/verdict";
import { parseNodeUrl } from "../../../assembly/node/node-url";
import { OUTCOME_COUNT, outcomeName } from "../../../assembly/node/outcome";
import { ResponseHead } from "../../../assembly/node/response-head";
import { RequestHead } from "../../../assembly/request-head";
import { RequestId } from "../../../assembly/request-id";

let part: BodyPart = new BodyPart();
let api: ApiIdentity = new ApiIdentity("", "", "");

/** The part that the next message carries. */
export function setPart(number: u32, last: bool, bodySize: u64, truncated: bool, aborted: bool): void {
  part = new BodyPart();
  part.number = number;
  part.last = last;
  part.bodySize = bodySize;
  part.truncated = truncated;
  part.aborted = aborted;
}

/** Its body, in two pieces, with `more` bytes behind it that are not to be told. */
export function setBody(bytes: ArrayBuffer, more: u32): void {
  const held = new HeldBytes();
  const half = bytes.byteLength / 2;
  held.append(bytes, 0, half);
  held.append(bytes, half);
  held.append(new ArrayBuffer(more));
  part.held = held;
  part.length = bytes.byteLength;
}

export function setTrailers(pairs: ArrayBuffer): void {
  part.trailers = HeaderPairs.of(pairs);
}

export function setApi(id: string, name: string, version: string): void {
  api = new ApiIdentity(id, name, version);
}

export function requestMessage(
  id: ArrayBuffer,
  mode: string,
  time: u64,
  headers: ArrayBuffer,
  realHost: string,
  realIp: string,
): ArrayBuffer {
  const pairs = HeaderPairs.of(headers)!;
  const head = new RequestHead(pairs, time, StaticName.of(realHost), StaticName.of(realIp));
  const out = new ByteWriter();
  writeRequest(out, idOf(id), mode == "sync", head, part, api);
  return out.toArrayBuffer();
}

export function laterPart(id: ArrayBuffer, mode: string): ArrayBuffer {
  const out = new ByteWriter();
  writeLaterPart(out, idOf(id), mode == "sync", part);
  return out.toArrayBuffer();
}

export function probeMessage(id: ArrayBuffer, time: u64): ArrayBuffer {
  const out = new ByteWriter();
  writeProbe(out, idOf(id), time);
  return out.toArrayBuffer();
}

export function responseMessage(
  id: ArrayBuffer,
  time: u64,
  status: u32,
  duration: u64,
  headers: ArrayBuffer,
): ArrayBuffer {
  const out = new ByteWriter();
  const head = new ResponseHead(HeaderPairs.of(headers)!, time, duration, false);
  head.status = status;
  writeResponse(out, idOf(id), head, part);
  return out.toArrayBuffer();
}

export function responseEnd(id: ArrayBuffer): ArrayBuffer {
  const out = new ByteWriter();
  writeResponseEnd(out, idOf(id), part);
  return out.toArrayBuffer();
}

/** What stands before the messages of a call. */
export function batchHeader(count: u32): ArrayBuffer {
  const out = new ByteWriter();
  writeArrayHeader(out, count);
  return out.toArrayBuffer();
}

/** `outcome` or `outcome: detail`, where all parts from `first` to `part` were asked about. */
export function replyFrom(body: ArrayBuffer, id: ArrayBuffer, first: u32, part: u32): string {
  const told = readReply(body, idOf(id), part, first);
  return told.detail.length > 0
    ? `${outcomeName(told.outcome)}: ${told.detail}`
    : outcomeName(told.outcome);
}

/** Where `part` alone was asked about. */
export function reply(body: ArrayBuffer, id: ArrayBuffer, part: u32): string {
  return replyFrom(body, id, part, part);
}

/** The same without texts, for many inputs. */
export function replyOutcome(body: ArrayBuffer, id: ArrayBuffer, part: u32): i32 {
  return readReply(body, idOf(id), part, part).outcome;
}

export function errorText(body: ArrayBuffer): string {
  return readError(body);
}

export function outcomeNames(): string {
  const names: string[] = [];
  for (let i = 0; i < OUTCOME_COUNT; i++) names.push(outcomeName(i));
  return names.join(",");
}

/** `scheme authority prefix`; null if it is no URL of a node. */
export function nodeUrl(url: string): string | null {
  const node = parseNodeUrl(url);
  return node === null ? null : `${node.scheme} ${node.authority} ${node.prefix}`;
}

function idOf(bytes: ArrayBuffer): RequestId {
  const view = new DataView(bytes);
  return new RequestId(view.getUint64(0), view.getUint64(8));
}
