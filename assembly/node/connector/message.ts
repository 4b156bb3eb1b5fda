// How is a message to the node written? Key by key as docs/node-protocol.md has it; test/fixtures/node-protocol/ holds
// the golden bytes.
import { ByteWriter, HeaderPairs } from "as-proxy-wasm";
import { ApiIdentity } from "../../api-identity";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { BodyPart } from "../body-part";
import { ResponseHead } from "../response-head";
import {
  writeArrayHeader,
  writeBinHeader,
  writeBool,
  writeMapHeader,
  writeKey,
  writeStrHeader,
  writeText,
  writeUint,
  writeUint64,
} from "./msgpack-writer";

/** A message of part 0: everything that is known of the request. */
export function writeRequest(
  out: ByteWriter,
  id: RequestId,
  waits: bool,
  head: RequestHead,
  part: BodyPart,
  api: ApiIdentity,
): void {
  const optional = optionalKeys(part) + (api.isKnown ? 1 : 0);
  writeMapHeader(out, 15 + head.rawKeys + optional);
  writeKey(out, "type");
  writeKey(out, "request");
  writeId(out, id);
  writePart(out, part);
  writeMode(out, waits);
  writeKey(out, "time");
  writeUint64(out, head.time);
  head.writeTo(out);
  writeBodyAndTrailers(out, part);
  writeBodySize(out, part);
  writeAborted(out, part);
  if (api.isKnown) api.writeTo(out);
}

/** The message of a canary: a request of nobody, that is judged and not remembered. `time` in microseconds. */
export function writeProbe(out: ByteWriter, id: RequestId, time: u64): void {
  writeArrayHeader(out, 1);
  writeMapHeader(out, 15);
  writeKey(out, "type");
  writeKey(out, "probe");
  writeId(out, id);
  writePart(out, new BodyPart());
  writeMode(out, true);
  writeKey(out, "time");
  writeUint64(out, time);
  writeKey(out, "client_ip");
  writeText(out, "");
  writeKey(out, "scheme");
  writeText(out, "http");
  writeKey(out, "protocol");
  writeText(out, "HTTP/1.1");
  writeKey(out, "method");
  writeText(out, "GET");
  writeKey(out, "host");
  writeBinHeader(out, 0);
  writeKey(out, "path");
  writeBinHeader(out, 1);
  out.writeAscii("/");
  writeKey(out, "headers");
  writeArrayHeader(out, 0);
  writeBodySize(out, new BodyPart());
}

/** A message of a later part: its bytes, and what the end of the request adds. */
export function writeLaterPart(out: ByteWriter, id: RequestId, waits: bool, part: BodyPart): void {
  writeMapHeader(out, 4 + optionalKeys(part) + (part.truncated ? 2 : 0));
  writeId(out, id);
  writePart(out, part);
  writeMode(out, waits);
  writeBodyAndTrailers(out, part);
  if (part.truncated) writeBodySize(out, part);
  writeAborted(out, part);
}

export function writeResponse(
  out: ByteWriter,
  id: RequestId,
  head: ResponseHead,
  part: BodyPart,
): void {
  writeMapHeader(out, 8 + optionalKeys(part) + (part.last ? 0 : 1));
  writeKey(out, "type");
  writeKey(out, "response");
  writeId(out, id);
  writeKey(out, "time");
  writeUint64(out, head.time);
  writeKey(out, "status");
  writeUint(out, head.status);
  writeKey(out, "duration");
  writeUint(out, head.duration);
  writeKey(out, "headers");
  writeHeaders(out, head.headers);
  writeBodyAndTrailers(out, part);
  writeBodySize(out, part);
  if (!part.last) {
    writeKey(out, "last");
    writeBool(out, false);
  }
  writeAborted(out, part);
}

/** What became of a response that was reported while it went on: no bytes of it, but how many there were. */
export function writeResponseEnd(out: ByteWriter, id: RequestId, part: BodyPart): void {
  writeMapHeader(out, 5 + optionalKeys(part));
  writeKey(out, "type");
  writeKey(out, "response");
  writeId(out, id);
  writeKey(out, "part");
  writeUint(out, part.number);
  writeBodyAndTrailers(out, part);
  writeBodySize(out, part);
  writeAborted(out, part);
}

/** An array of [name str, value bin], pseudo headers left out. Bytes of a name that a str can't have become `_`. */
export function writeHeaders(out: ByteWriter, pairs: HeaderPairs): void {
  writeArrayHeader(out, pairs.count - pairs.pseudoCount);
  for (let i = 0; i < pairs.count; i++) {
    if (pairs.nameIsPseudo(i)) continue;
    // An array of two, a short str; a short bin.
    if (!pairs.nameIsPrintable(i)) writeOddPair(out, pairs, i);
    else if (!pairs.writeShortPair(i, out, 0x92a0, 0xc400)) writeLongPair(out, pairs, i);
  }
}

function writeLongPair(out: ByteWriter, pairs: HeaderPairs, i: i32): void {
  writeArrayHeader(out, 2);
  writeStrHeader(out, pairs.nameLength(i));
  pairs.writeName(i, out);
  writeBinHeader(out, pairs.valueLength(i));
  pairs.writeValue(i, out);
}

/** Printable ASCII is more than a name may hold (RFC 9110 §5.1), and what every decoder takes for text. */
function writeOddPair(out: ByteWriter, pairs: HeaderPairs, i: i32): void {
  const length = pairs.nameLength(i);
  writeArrayHeader(out, 2);
  writeStrHeader(out, length);
  for (let at = 0; at < length; at++) {
    const byte = pairs.nameByte(i, at);
    out.writeU8(byte >= 0x20 && byte < 0x7f ? byte : 0x5f);
  }
  writeBinHeader(out, pairs.valueLength(i));
  pairs.writeValue(i, out);
}

function optionalKeys(part: BodyPart): u32 {
  return (part.length > 0 ? 1 : 0) + (part.trailers !== null ? 1 : 0) + (part.aborted ? 1 : 0);
}

function writeId(out: ByteWriter, id: RequestId): void {
  writeKey(out, "id");
  writeBinHeader(out, 16);
  out.writeU64BE(id.high);
  out.writeU64BE(id.low);
}

function writeMode(out: ByteWriter, waits: bool): void {
  writeKey(out, "mode");
  writeKey(out, waits ? "sync" : "async");
}

function writePart(out: ByteWriter, part: BodyPart): void {
  writeKey(out, "part");
  writeUint(out, part.number);
  writeKey(out, "last");
  writeBool(out, part.last);
}

function writeBodyAndTrailers(out: ByteWriter, part: BodyPart): void {
  const trailers = part.trailers;
  if (trailers !== null) {
    writeKey(out, "trailers");
    writeHeaders(out, trailers);
  }
  if (part.length > 0) {
    writeKey(out, "body");
    writeBinHeader(out, part.length);
    part.writeBytesTo(out, part.length);
  }
}

function writeAborted(out: ByteWriter, part: BodyPart): void {
  if (!part.aborted) return;
  writeKey(out, "aborted");
  writeBool(out, true);
}

function writeBodySize(out: ByteWriter, part: BodyPart): void {
  writeKey(out, "body_size");
  writeUint(out, part.bodySize);
  writeKey(out, "truncated");
  writeBool(out, part.truncated);
}
