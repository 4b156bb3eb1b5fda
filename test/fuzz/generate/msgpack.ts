/** How does an input become msgpack? Any form that a value may have, now and then one that it may not have. */
import type { Choices } from "../choices.ts";

/** Bytes, each from 0 to 255. */
export type Bytes = number[];

const bigEndian = (value: number, width: number): Bytes =>
  Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);

export function latin1(text: string): Bytes {
  return [...Buffer.from(text, "latin1")];
}

/** Lengths in the shortest form, now and then in a longer one, rarely one that is wrong. */
function header(
  choices: Choices,
  length: number,
  short: number,
  most: number,
  formats: Bytes,
): Bytes {
  const told = choices.oneIn(400) ? wrongLength(choices, length) : length;
  if (told <= most && !choices.oneIn(12)) return [short | told];
  const widths = formats.length === 3 ? [1, 2, 4] : [2, 4];
  const least = widths.findIndex((width) => told < 256 ** width);
  const form = Math.min(formats.length - 1, Math.max(least, choices.int(formats.length)));
  return [formats[form]!, ...bigEndian(told, widths[form]!)];
}

function wrongLength(choices: Choices, length: number): number {
  return choices.pick(
    [length + 1, length - 1, 0, 0x7fffffff, 0xffffffff, 0x80000000, 0xfffffff0].map((one) =>
      Math.max(one, 0),
    ),
  );
}

export const str = (choices: Choices, bytes: Bytes): Bytes =>
  header(choices, bytes.length, 0xa0, 31, [0xd9, 0xda, 0xdb]).concat(bytes);
export const bin = (choices: Choices, bytes: Bytes): Bytes =>
  header(choices, bytes.length, 0xc4, -1, [0xc4, 0xc5, 0xc6]).concat(bytes);
export const array = (choices: Choices, items: readonly Bytes[]): Bytes =>
  header(choices, items.length, 0x90, 15, [0xdc, 0xdd]).concat(...items);
export const map = (choices: Choices, entries: readonly Bytes[]): Bytes =>
  header(choices, entries.length, 0x80, 15, [0xde, 0xdf]).concat(...entries);

export function int(choices: Choices, value: number): Bytes {
  if (value < 128 && !choices.oneIn(6)) return [value];
  const least = value < 256 ? 0 : value < 65_536 ? 1 : 2;
  const power = least + choices.int(4 - least);
  // A signed form of the same width holds only half as much.
  const isSigned = value < 2 ** (8 * 2 ** power - 1) && choices.oneIn(4);
  return [(isSigned ? 0xd0 : 0xcc) + power, ...bigEndian(value, 2 ** power)];
}

const ODD: readonly Bytes[] = [
  [0xc0],
  [0xc2],
  [0xc3],
  [0x00],
  [0xff],
  [0xd0, 0xff],
  [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xcf, 0, 0, 0, 1, 0, 0, 0, 0],
  [0xcb, 0, 0, 0, 0, 0, 0, 0, 0],
  [0xca, 0, 0, 0, 0],
  [0xd4, 1, 3],
  [0xc7, 2, 5, 0, 0],
  [0xc7, 0, 5],
  [0xd8, 1, ...Array<number>(16).fill(7)],
  [0xc1],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xdb, 0x80, 0, 0, 0],
  [0xa1, 0x80],
  [0x80],
  [0x90],
];

/** Any value, nested up to and past what is allowed. */
export function anything(choices: Choices): Bytes {
  if (choices.oneIn(8)) {
    const depth = choices.int(20);
    return [...Array<number>(depth).fill(0x91), ...choices.pick(ODD)];
  }
  return [...choices.pick(ODD)];
}
