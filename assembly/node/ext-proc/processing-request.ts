// How is a message to an external processor written? As envoy.service.ext_proc.v3.ProcessingRequest, with what Envoy's own
// filter puts into it, in the order of its field numbers.
import { ByteWriter, getProperty, HeaderPairs, PropertyPath, StaticName } from "as-proxy-wasm";
import { bytesToString } from "as-proxy-wasm";
import { BodyPart } from "../body-part";
import {
  beginNested,
  endNested,
  sizeOfBytes,
  writeLength,
  writeName,
  writeNumber,
} from "./protobuf-writer";
import { writeTimestamp } from "./timestamp";

/** What is sent to a processor: numbers of the fields of `ProcessingRequest`. */
export enum Sent {
  RequestHeaders = 2,
  ResponseHeaders = 3,
  RequestBody = 4,
  ResponseBody = 5,
  RequestTrailers = 6,
  ResponseTrailers = 7,
}

const METADATA_CONTEXT: u32 = 8;
const ATTRIBUTES: u32 = 9;
const OBSERVABILITY_MODE: u32 = 10;
const PROTOCOL_CONFIG: u32 = 11;
const STREAMED: u32 = 1;

/** What Envoy's attribute `request.id` is. */
const REQUEST_ID = StaticName.of("x-request-id");
const SOURCE_ADDRESS = PropertyPath.of(["source", "address"]);

/** HttpHeaders, or HttpTrailers, which have no end. */
export function writeHeaders(
  out: ByteWriter,
  sent: Sent,
  pairs: HeaderPairs,
  endOfStream: bool,
): void {
  const message = beginNested(out, sent);
  const map = beginNested(out, 1);
  for (let i = 0; i < pairs.count; i++) {
    const name = pairs.nameLength(i);
    const value = pairs.valueLength(i);
    writeLength(out, 1, sizeOfBytes(name) + (value > 0 ? sizeOfBytes(value) : 0));
    writeLength(out, 1, name);
    pairs.writeName(i, out);
    if (value > 0) {
      writeLength(out, 3, value);
      pairs.writeValue(i, out);
    }
  }
  endNested(out, map);
  writeNumber(out, 3, u32(endOfStream));
  endNested(out, message);
}

export function writeBody(out: ByteWriter, sent: Sent, part: BodyPart, endOfStream: bool): void {
  const length = part.length;
  const size = length == 0 ? 0 : sizeOfBytes(length);
  writeLength(out, sent, size + (endOfStream ? 2 : 0));
  if (length > 0) {
    writeLength(out, 1, length);
    part.writeBytesTo(out, length);
  }
  writeNumber(out, 2, u32(endOfStream));
}

/**
 * What stands behind the message itself, in each of them. `first`: the head, in the message that tells it; `time`: when that was
 * seen, microseconds since the epoch.
 */
export function writeRest(
  out: ByteWriter,
  first: HeaderPairs | null,
  time: u64,
  observes: bool,
  tellsResponses: bool,
): void {
  writeLength(out, METADATA_CONTEXT, 0);
  if (first !== null) writeAttributes(out, first, time);
  writeNumber(out, OBSERVABILITY_MODE, u32(observes));
  // Envoy says nothing of it where nothing is answered.
  if (first === null || observes) return;
  const modes = beginNested(out, PROTOCOL_CONFIG);
  writeNumber(out, 1, STREAMED);
  writeNumber(out, 2, tellsResponses ? STREAMED : 0);
  endNested(out, modes);
}

function writeAttributes(out: ByteWriter, head: HeaderPairs, time: u64): void {
  const entry = beginNested(out, ATTRIBUTES);
  writeName(out, 1, "envoy.filters.http.ext_proc");
  const struct = beginNested(out, 2);
  writeAttribute(out, "request.id", head.valueString(head.find(REQUEST_ID)));
  // Envoy's own time is that of the first byte; asking for it costs as much as all headers together.
  writeAttribute(out, "request.time", "", time);
  writeAttribute(out, "source.address", textOf(getProperty(SOURCE_ADDRESS)));
  endNested(out, struct);
  endNested(out, entry);
}

/** Its value is a text or a time, in microseconds; one that the gateway does not have is left out. */
function writeAttribute(out: ByteWriter, name: string, value: string, time: u64 = 0): void {
  if (value.length == 0 && time == 0) return;
  const field = beginNested(out, 1);
  writeName(out, 1, name);
  const text = beginNested(out, 2);
  const content = beginNested(out, 3);
  if (time > 0) writeTimestamp(out, time * 1000);
  else out.writeString(value);
  endNested(out, content);
  endNested(out, text);
  endNested(out, field);
}

function textOf(value: ArrayBuffer | null): string {
  return value === null ? "" : bytesToString(value);
}
