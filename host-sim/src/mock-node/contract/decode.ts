/** Which messages does the body of a call hold, and which of its elements are none? */
import { createHash } from "node:crypto";
import { decode } from "@msgpack/msgpack";
import { ContractError, malformed } from "./contract-error.ts";
import { describe, isWireMap } from "./fields.ts";
import type { Message, ProbeMessage } from "./messages.ts";
import { scanMsgpack } from "./scan.ts";
import { toMessage } from "./validate.ts";

const MAX_MESSAGES = 10_000;
const ID_BYTES = 16;

/** An element that is a message. */
export interface ReadMessage {
  readonly message: Message | ProbeMessage;
  /** Of its bytes: the same message, sent again, has the same one. */
  readonly digest: string;
}

/** An element that is none; its id and part as far as they can be read. */
export interface UnreadMessage {
  readonly refused: ContractError;
  readonly id: string | undefined;
  readonly part: number | undefined;
}

export type CallItem = ReadMessage | UnreadMessage;

/** Throws a ContractError where the body is no array at all. Reasons name the message and the field. */
export function decodeCall(body: Uint8Array): CallItem[] {
  if (body.length === 0) throw malformed("NilBody", "the call has no body");
  const bounds = scanMsgpack(body);
  const elements = decodeValue(body);
  if (!Array.isArray(elements) || elements.length === 0 || elements.length > MAX_MESSAGES) {
    throw malformed(
      "MsgpackDataFormat",
      `the body must be an array of 1 to ${MAX_MESSAGES} messages, not ${describe(elements)}`,
    );
  }
  return elements.map((map: unknown, index) => {
    const bytes = body.subarray(bounds[index], bounds[index + 1]);
    return readItem(map, `messages[${index}]`, bytes);
  });
}

function readItem(map: unknown, where: string, bytes: Uint8Array): CallItem {
  try {
    if (isWireMap(map)) return { message: toMessage({ map, where }), digest: digestOf(bytes) };
    throw malformed("MsgpackDataFormat", `${where} must be a map, not ${describe(map)}`);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { refused: error, ...namesOf(map) };
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

function namesOf(map: unknown): { id: string | undefined; part: number | undefined } {
  const { id, part } = isWireMap(map) ? map : {};
  const known = id instanceof Uint8Array && id.length === ID_BYTES;
  const counted = typeof part === "number" && Number.isSafeInteger(part) && part >= 0;
  return {
    id: known ? Buffer.from(id).toString("hex") : undefined,
    part: counted ? part : undefined,
  };
}

function decodeValue(body: Uint8Array): unknown {
  try {
    return decode(body, { useBigInt64: true, mapKeyConverter: toKey });
  } catch (error) {
    throw malformed("MsgpackDecode", `the body is no msgpack: ${(error as Error).message}`);
  }
}

/** Keys that are no strings are unknown fields; the decoder's own converter would refuse them. */
function toKey(key: unknown): string {
  return typeof key === "string" ? key : `unknown key ${describe(key)}`;
}
