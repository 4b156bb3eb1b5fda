/** How does a processor ask for a change of headers? */
import { carryOn } from "../../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../../support/ext-proc/processor.ts";

/** A header; one character of `value` a byte. */
export const set = (key: string, value: string, more: object = {}): object => ({
  header: { key, raw_value: Buffer.from(value, "latin1") },
  ...more,
});

/** Asks for it in the answer to a message of this kind. */
export const mutating =
  (kind: string, mutation: object): AnswerMessage =>
  (told, stream) => {
    const response = kind.endsWith("trailers")
      ? { header_mutation: mutation }
      : { response: { header_mutation: mutation } };
    if (told.kind === kind) stream.reply({ [kind]: response });
    else carryOn(told, stream);
  };
