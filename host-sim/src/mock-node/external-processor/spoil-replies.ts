/** What do faults make of an answer: which messages go out, as bytes? Without faults, the one that it is. */
import type { Fault } from "../faults/fault.ts";
import { phases, processingResponse, type Phase, type ProcessingResponse } from "./messages.ts";
import { continueReply } from "./replies.ts";

const DYNAMIC_METADATA = 8;
const STRUCT_FIELDS = 1;
const MAP_VALUE = 2;
const STRUCT_VALUE = 5;
const UNKNOWN = 1000;
const LENGTH_DELIMITED = 2;

export function spoilReply(
  reply: ProcessingResponse,
  phase: Phase,
  faults: readonly Fault[],
): Buffer[] {
  let messages = [processingResponse.encode(reply)];
  for (const { name, value } of faults) {
    if (name === "wrong-phase") messages = [processingResponse.encode(continueReply(after(phase)))];
    else if (name === "no-verdict") messages = [Buffer.alloc(0)];
    else if (name === "two-verdicts") messages = [...messages, second(messages[0]!, value)];
    else if (name === "unknown-fields") messages = messages.map((one) => withUnknownFields(one));
    else if (name === "nested") messages = messages.map((one) => withNested(one, Number(value)));
    else if (name === "huge") {
      messages = messages.map((one) => join(one, field(UNKNOWN, Buffer.alloc(Number(value)))));
    } else if (name === "garbage") messages = [garbage(Number(value))];
    else if (name === "truncated")
      messages = messages.map((one) => one.subarray(0, one.length / 2));
    else if (name === "silence") messages = [];
  }
  return messages;
}

function after(phase: Phase): Phase {
  return phases[(phases.indexOf(phase) + 1) % phases.length]!;
}

function second(first: Buffer, value: Fault["value"]): Buffer {
  if (value === "agree") return first;
  return processingResponse.encode({
    immediateResponse: {
      status: { code: 403 },
      headers: {},
      body: Buffer.from("two-verdicts"),
      details: "two_verdicts",
    },
  });
}

/** One of each wire type, and one that holds others. */
function withUnknownFields(message: Buffer): Buffer {
  const varint = join(tag(UNKNOWN + 1, 0), Buffer.from("ffffffffffffffffff01", "hex"));
  const fixed64 = join(tag(UNKNOWN + 2, 1), Buffer.alloc(8, 0xff));
  const fixed32 = join(tag(UNKNOWN + 3, 5), Buffer.alloc(4, 0xff));
  const nested = field(UNKNOWN + 4, join(varint, field(UNKNOWN, Buffer.alloc(300, 0xff))));
  return join(varint, fixed64, message, fixed32, nested);
}

/** `dynamic_metadata`, a Struct in a Struct and so on. */
function withNested(message: Buffer, depth: number): Buffer {
  let struct: Buffer = Buffer.alloc(0);
  for (let i = 1; i < depth; i += 1) {
    struct = field(STRUCT_FIELDS, field(MAP_VALUE, field(STRUCT_VALUE, struct)));
  }
  return join(message, field(DYNAMIC_METADATA, struct));
}

/** Field number 0 is what no message has. */
function garbage(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x07 : (i * 167) & 0xff)));
}

function field(number: number, content: Uint8Array): Buffer {
  return join(tag(number, LENGTH_DELIMITED), varint(content.length), content);
}

function tag(number: number, wireType: number): Buffer {
  return varint(number * 8 + wireType);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function join(...pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces);
}
