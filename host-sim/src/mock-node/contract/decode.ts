/** Which messages does the body of a call hold? */
import { decode } from "@msgpack/msgpack";
import { malformed } from "./contract-error.ts";
import { describe, isWireMap } from "./fields.ts";
import type { Message } from "./messages.ts";
import { scanMsgpack } from "./scan.ts";
import { toMessage } from "./validate.ts";

const MAX_MESSAGES = 10_000;

/** Throws a ContractError whose reason names the message and the field. */
export function decodeCall(body: Uint8Array): Message[] {
  if (body.length === 0) throw malformed("NilBody", "the call has no body");
  scanMsgpack(body);
  const messages = decodeValue(body);
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_MESSAGES) {
    throw malformed(
      "MsgpackDataFormat",
      `the body must be an array of 1 to ${MAX_MESSAGES} messages, not ${describe(messages)}`,
    );
  }
  return messages.map((map: unknown, index) => {
    const where = `messages[${index}]`;
    if (isWireMap(map)) return toMessage({ map, where });
    throw malformed("MsgpackDataFormat", `${where} must be a map, not ${describe(map)}`);
  });
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
