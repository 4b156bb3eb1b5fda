/** What do faults make of the verdicts, before they become bytes? */
import { encode } from "@msgpack/msgpack";
import { encodeAnswers, toWire } from "../contract/encode.ts";
import type { Answer } from "../contract/messages.ts";
import type { Fault } from "./fault.ts";

/** The body of the answer. Without faults, exactly what the contract says. */
export function spoilAnswers(answers: readonly Answer[], faults: readonly Fault[]): Uint8Array {
  let spoilt = [...answers];
  let garbage: Uint8Array | undefined;
  const extra: Record<string, unknown> = {};
  for (const { name, value } of faults) {
    if (name === "error") spoilt = spoilt.map(({ id }) => ({ id, error: "a fault was asked for" }));
    else if (name === "wrong-id")
      spoilt = spoilt.map((answer) => ({ ...answer, id: otherId(answer.id) }));
    else if (name === "wrong-part") spoilt = spoilt.map(withOtherPart);
    else if (name === "no-verdict") spoilt = [];
    else if (name === "two-verdicts")
      spoilt = spoilt.flatMap((answer) => [answer, second(answer, value)]);
    else if (name === "unknown-fields") Object.assign(extra, unknownFields);
    else if (name === "nested") extra.nested = nested(Number(value));
    else if (name === "garbage") garbage = garbageBytes(Number(value));
  }
  if (garbage) return garbage;
  if (Object.keys(extra).length === 0) return encodeAnswers(spoilt);
  const maxDepth = 1100; // the encoder's own bound is 100
  return encode(
    spoilt.map((answer) => ({ ...extra, ...toWire(answer) })),
    { maxDepth },
  );
}

function otherId(id: string): string {
  return (id.startsWith("f") ? "0" : "f") + id.slice(1);
}

function withOtherPart(answer: Answer): Answer {
  return answer.part === undefined ? answer : { ...answer, part: answer.part + 1 };
}

function second(answer: Answer, value: Fault["value"]): Answer {
  if (value === "agree" || !("action" in answer)) return answer;
  return { ...answer, action: answer.action === "pass" ? "block" : "pass" };
}

const unknownFields = {
  "x-unknown": [1, -1, 1.5, null, true, "text", new Uint8Array(300), { deep: [{ er: {} }] }],
  unknown_map: { id: new Uint8Array(16), part: 9, action: "block" },
};

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 1; i < depth; i += 1) value = [value];
  return value;
}

/** 0xc1 is the one byte that never begins a msgpack value. */
function garbageBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? 0xc1 : (i * 167 + 13) & 0xff));
}
