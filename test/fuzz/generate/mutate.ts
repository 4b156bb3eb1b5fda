/** How are right bytes made wrong? By small changes, as a broken peer or a hostile one would make them. */
import type { Choices } from "../choices.ts";

const ODD_BYTES = [0, 1, 0x7f, 0x80, 0x81, 0x90, 0x91, 0xa0, 0xc0, 0xc1, 0xc4, 0xdd, 0xdf, 0xff];

export function mutate(choices: Choices, bytes: Uint8Array): Uint8Array {
  let list = [...bytes];
  for (let left = 1 + choices.int(3); left > 0; left--) list = change(choices, list);
  return Uint8Array.from(list);
}

function change(choices: Choices, list: number[]): number[] {
  const at = choices.int(list.length + 1);
  switch (choices.int(7)) {
    case 0:
      return replaced(list, at, choices.int(256));
    case 1:
      return replaced(list, at, choices.pick(ODD_BYTES));
    case 2:
      return [...list.slice(0, at), choices.int(256), ...list.slice(at)];
    case 3:
      return [...list.slice(0, at), ...list.slice(at + 1 + choices.int(4))];
    case 4:
      return list.slice(0, at);
    case 5:
      return replaced(list, at, (list[at] ?? 0) ^ (1 << choices.int(8)));
    default: {
      // A piece that stands there twice.
      const end = Math.min(list.length, at + choices.int(40));
      return [...list.slice(0, end), ...list.slice(at)];
    }
  }
}

function replaced(list: readonly number[], at: number, byte: number): number[] {
  const copy = [...list];
  if (at < copy.length) copy[at] = byte;
  return copy;
}

/** The same text in UTF-8 that is too long: what a decoder that does not look takes for the same characters. */
export function overlong(choices: Choices, text: string): number[] {
  const victim = choices.int(text.length);
  return [...text].flatMap((character, i) => {
    const code = character.charCodeAt(0);
    if (i !== victim) return [code];
    const low = 0x80 | (code & 0x3f);
    const form = choices.int(3);
    if (form === 0) return [0xc0 | (code >> 6), low];
    return form === 1 ? [0xe0, 0x80 | (code >> 6), low] : [0xf0, 0x80, 0x80 | (code >> 6), low];
  });
}
