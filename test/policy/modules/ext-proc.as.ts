// What do the modules that speak Envoy's external processing protocol make of a test's numbers, texts and bytes?
import { ByteWriter, bytesToString, HeaderPairs, HeldBytes } from "as-proxy-wasm";
import { BodyPart } from "../../../assembly/node/body-part";
import { writeBody, writeHeaders, writeRest } from "../../../assembly/node/ext-proc/processing-request";
import { ProcessingResponse } from "../../../assembly/node/ext-proc/processing-response";
import { writeTimestamp } from "../../../assembly/node/ext-proc/timestamp";

export function toldHeaders(field: u32, pairs: ArrayBuffer, endOfStream: bool): ArrayBuffer {
  const out = new ByteWriter();
  writeHeaders(out, field, HeaderPairs.of(pairs)!, endOfStream);
  return out.toArrayBuffer();
}

export function toldBody(field: u32, body: ArrayBuffer, endOfStream: bool): ArrayBuffer {
  const part = new BodyPart();
  part.held = new HeldBytes();
  part.held!.append(body);
  part.length = body.byteLength;
  const out = new ByteWriter();
  writeBody(out, field, part, endOfStream);
  return out.toArrayBuffer();
}

export function toldRest(isFirst: bool, observes: bool, tellsResponses: bool): ArrayBuffer {
  const out = new ByteWriter();
  // A head without headers.
  const head = isFirst ? HeaderPairs.of(new ArrayBuffer(0)) : null;
  writeRest(out, head, 0, observes, tellsResponses);
  return out.toArrayBuffer();
}

export function timeText(nanoseconds: u64): string {
  const out = new ByteWriter();
  writeTimestamp(out, nanoseconds);
  return bytesToString(out.toArrayBuffer());
}

/** What was read of an answer, a line for each thing; null if it can't be read. */
export function processorAnswer(bytes: ArrayBuffer): string | null {
  const read = new ProcessingResponse(bytes);
  if (read.failed) return null;
  const mutation = read.mutation;
  const lines = [
    "kind=" + read.kind.toString(),
    "mutation=" + (mutation === null ? "" : mutation.byteLength.toString()),
    "flags=" + flags(read),
  ];
  const answer = read.answer;
  if (answer !== null) {
    const body = answer.body;
    lines.push("status=" + answer.status.toString());
    lines.push("details=" + answer.details);
    lines.push("headers=" + answer.headers.count.toString());
    lines.push("body=" + (body === null ? "" : bytesToString(body)));
    lines.push("grpc=" + answer.grpcStatus.toString());
  }
  return lines.join("\n");
}

function flags(read: ProcessingResponse): string {
  const names: string[] = [];
  if (read.replaces) names.push("replaces");
  if (read.mutatesBody) names.push("mutates body");
  if (read.asksForTime) names.push("asks for time");
  if (read.skipsRequestBody) names.push("skips request body");
  if (read.skipsResponse) names.push("skips response");
  if (read.skipsResponseBody) names.push("skips response body");
  return names.join(",");
}
