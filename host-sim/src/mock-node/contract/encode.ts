/** How are verdicts and errors written? Keys in the order of the contract, each value in its shortest form. */
import { encode } from "@msgpack/msgpack";
import type { Answer } from "./messages.ts";

export function encodeAnswers(answers: readonly Answer[]): Uint8Array {
  return encode(answers.map(toWire));
}

export function encodeError(error: string): Uint8Array {
  return encode({ error });
}

/** The map of an answer, before it becomes bytes: faults change it here. */
export function toWire(answer: Answer): Record<string, unknown> {
  const id = new Uint8Array(Buffer.from(answer.id, "hex"));
  if ("error" in answer) {
    const { part, error } = answer;
    return { id, ...(part === undefined ? {} : { part }), error };
  }
  if ("lacks" in answer) return { id, part: answer.part, lacks: answer.lacks };
  const { part, action, status, attacks, application } = answer;
  return {
    id,
    part,
    action,
    ...(status === undefined ? {} : { status }),
    ...(attacks === undefined || attacks.length === 0 ? {} : { attacks }),
    ...(application === undefined ? {} : { application }),
  };
}
