/** What may an external processor answer? Each kind of ProcessingResponse, right or not. */
import type { Choices } from "../choices.ts";
import { latin1, type Bytes } from "./msgpack.ts";
import { mutate, overlong } from "./mutate.ts";

function varint(choices: Choices, value: number): Bytes {
  const bytes: Bytes = [];
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 128) | 0x80);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
  if (choices.oneIn(60)) {
    // The same number, with zeros behind it.
    bytes[bytes.length - 1]! |= 0x80;
    for (let i = choices.int(4); i > 0; i--) bytes.push(0x80);
    bytes.push(0);
  }
  return bytes;
}

const field = (choices: Choices, number: number, bytes: Bytes): Bytes => [
  ...varint(choices, number * 8 + 2),
  ...varint(
    choices,
    choices.oneIn(500) ? choices.pick([0, 0xffffffff, bytes.length + 1]) : bytes.length,
  ),
  ...bytes,
];
const integer = (choices: Choices, number: number, value: number): Bytes => [
  ...varint(choices, number * 8),
  ...varint(choices, value),
];

/** `expected`: number of the field that answers what was told; `care`: the higher, the more answers are right. */
export function processorAnswer(choices: Choices, expected: number, care: number): Uint8Array {
  const kind = choices.int(care + 8) - care;
  if (kind < 0)
    return Uint8Array.from(
      field(choices, expected, choices.oneIn(3) ? common(choices, expected) : []),
    );
  const right = (): Bytes => field(choices, expected, common(choices, expected));
  switch (kind) {
    case 0:
    case 1:
      return Uint8Array.from(field(choices, 7, immediate(choices)));
    case 2:
      return Uint8Array.from(field(choices, 1 + choices.int(7), common(choices, expected)));
    case 3:
      return mutate(choices, Uint8Array.from([...right(), ...others(choices)]));
    case 4:
      return choices.bytes(choices.int(30));
    case 5:
      return Uint8Array.from([...right(), ...field(choices, 9, modes(choices))]);
    case 6:
      return Uint8Array.from([...others(choices), ...right()]);
    default:
      return new Uint8Array(choices.pick([0, 0, 262_144, 262_145])).fill(
        choices.pick([0, 0x0b, 0xff]),
      );
  }
}

function modes(choices: Choices): Bytes {
  return [2, 3, 4, 5].flatMap((number) =>
    choices.oneIn(2) ? integer(choices, number, choices.int(3)) : [],
  );
}

/** Fields that mean nothing here. */
function others(choices: Choices): Bytes {
  return choices.pick<() => Bytes>([
    () => field(choices, 8, [1, 2]),
    () => field(choices, 1000, latin1("later")),
    () => [0x61, 1, 2, 3, 4, 5, 6, 7, 8],
    () => [0x65, 1, 2, 3, 4],
    () => [0x63, 0x08, 1, 0x64],
    () => [...Array<number>(17).fill(0x63)],
    () => field(choices, 10, []),
  ])();
}

/** A CommonResponse inside of its answer; of trailers the mutation itself. */
function common(choices: Choices, kind: number): Bytes {
  if (kind >= 5) return choices.oneIn(2) ? field(choices, 1, mutation(choices)) : [];
  const fields: Bytes = [];
  if (choices.oneIn(6)) fields.push(...integer(choices, 1, choices.int(3)));
  if (choices.oneIn(3)) fields.push(...field(choices, 2, mutation(choices)));
  if (choices.oneIn(12)) fields.push(...field(choices, 3, field(choices, 1, [65])));
  return field(choices, 1, fields);
}

const NAMES = [
  "x-a",
  "x-b",
  "X-UP",
  ":path",
  ":status",
  ":method",
  "host",
  "content-length",
  "x-envoy-a",
  "",
];

export function mutation(choices: Choices): Bytes {
  const changes: Bytes = [];
  for (let left = choices.oneIn(40) ? 220 : choices.int(4); left > 0; left--) {
    changes.push(...(choices.oneIn(4) ? field(choices, 2, name(choices)) : setHeader(choices)));
  }
  return changes;
}

function name(choices: Choices): Bytes {
  const text = choices.weighted([6, "x-a"], [3, choices.pick(NAMES)], [1, "a b"]);
  return choices.oneIn(12) && text.length > 0 ? overlong(choices, text) : latin1(text);
}

function setHeader(choices: Choices): Bytes {
  const value = choices.weighted(
    [6, latin1("v")],
    [1, []],
    [1, latin1("/other")],
    [1, [0x0a]],
    [1, [0xc0, 0xaf]],
  );
  const header = [...field(choices, 1, name(choices)), ...field(choices, 3, value)];
  const append = choices.oneIn(3) ? field(choices, 2, integer(choices, 1, choices.int(2))) : [];
  return field(choices, 1, [...field(choices, 1, header), ...append]);
}

function immediate(choices: Choices): Bytes {
  const fields: Bytes = [];
  const code = choices.pick([403, 200, 429, 503, 199, 600, 0, 101, 0xffffffff]);
  if (!choices.oneIn(4)) fields.push(...field(choices, 1, integer(choices, 1, code)));
  if (choices.oneIn(3)) fields.push(...field(choices, 2, mutation(choices)));
  if (choices.oneIn(2)) fields.push(...field(choices, 3, latin1("no <b>\xff")));
  if (choices.oneIn(6)) fields.push(...field(choices, 4, integer(choices, 1, choices.int(17))));
  if (choices.oneIn(3))
    fields.push(...field(choices, 5, latin1(choices.pick(["why", "a b\n", "\xc0\xaf"]))));
  return fields;
}
