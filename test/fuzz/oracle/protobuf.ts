/** What stands in a message of Protocol Buffers? By its specification, worked out apart from the policy. */

/** `bytes` for wire type 2, else `number` (cut to 32 bits; 0 for fixed ones). */
export interface Field {
  readonly number: number;
  readonly wire: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NONE: Uint8Array = new Uint8Array();
const DEEPEST = 16;

/** All fields in their order, groups left out; undefined if the message is malformed. */
export function fieldsOf(message: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  const open: number[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let i = 0n; i < 10n; i++) {
      if (at >= message.length) return undefined;
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << (7n * i);
      if (byte < 0x80) return value & 0xffffffffffffffffn;
    }
    return undefined;
  };
  while (at < message.length) {
    const key = varint();
    if (key === undefined || key > 0xffffffffn || key >> 3n === 0n) return undefined;
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    let value = 0n;
    let bytes: Uint8Array = NONE;
    if (wire === 0 || wire === 2) {
      const read = varint();
      if (read === undefined) return undefined;
      value = read;
    }
    const size = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(value) : 0;
    if (size > message.length - at || wire > 5) return undefined;
    if (wire === 2) bytes = message.subarray(at, at + size);
    at += size;
    if (wire === 3 && open.push(number) > DEEPEST) return undefined;
    if (wire === 4 && open.pop() === undefined) return undefined;
    const isInside = open.length > 0 || wire === 4;
    if (!isInside) fields.push({ number, wire, value: Number(value & 0xffffffffn), bytes });
  }
  return open.length === 0 ? fields : undefined;
}
