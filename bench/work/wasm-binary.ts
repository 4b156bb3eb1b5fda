/** How is a wasm binary taken apart and put together again? Sections, numbers and the ends of instructions (the core spec, chapter 5). */

export interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export const SectionId = {
  Custom: 0,
  Type: 1,
  Import: 2,
  Function: 3,
  Global: 6,
  Export: 7,
  Code: 10,
} as const;

const HEAD = 8;

export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skipNumbers(count: number): void {
    for (let i = 0; i < count; i++) while (this.byte() >= 0x80);
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return Buffer.from(this.take(this.unsigned())).toString();
  }
}

export function sectionsOf(wasm: Uint8Array): Section[] {
  const reader = new Reader(wasm, HEAD);
  const sections: Section[] = [];
  while (!reader.ended) {
    const id = reader.byte();
    sections.push({ id, bytes: reader.take(reader.unsigned()) });
  }
  return sections;
}

export function moduleOf(wasm: Uint8Array, sections: readonly Section[]): Uint8Array {
  const parts = sections.flatMap(({ id, bytes }) => [[id], unsigned(bytes.length), bytes]);
  return joined([wasm.subarray(0, HEAD), ...parts]);
}

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return [...bytes, left];
}

/** For numbers that are not negative: a signed LEB128 needs its sign bit clear. */
export function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.at(-1);
  return last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}

export const joined = (parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part)));

const Op = {
  Block: 0x02,
  Loop: 0x03,
  If: 0x04,
  Else: 0x05,
  End: 0x0b,
  Branch: 0x0c,
  BranchIf: 0x0d,
  BranchTable: 0x0e,
  Return: 0x0f,
  Unreachable: 0x00,
  Prefix: 0xfc,
} as const;

/** Behind these another run of instructions begins: it may be come to from elsewhere, or not come to. */
const RUN_ENDS: ReadonlySet<number> = new Set([
  Op.Loop,
  Op.If,
  Op.Else,
  Op.End,
  Op.Branch,
  Op.BranchIf,
  Op.BranchTable,
  Op.Return,
  Op.Unreachable,
]);

export const endsRun = (opcode: number): boolean => RUN_ENDS.has(opcode);

/** Numbers behind an opcode; what is not listed has none. */
const NUMBERS = new Map<number, number>([
  ...[Op.Block, Op.Loop, Op.If, Op.Branch, Op.BranchIf, 0x10].map((op) => [op, 1] as const),
  [0x11, 2],
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26].map((op) => [op, 1] as const),
  ...Array.from({ length: 0x3e - 0x28 + 1 }, (_, i) => [0x28 + i, 2] as const),
  ...[0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].map((op) => [op, 1] as const),
]);
/** The same behind the prefix 0xfc. */
const PREFIXED = new Map<number, number>([
  [8, 2],
  [9, 1],
  [10, 2],
  [11, 1],
]);
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;

/** Passes over the instruction that `reader` stands at. `size`: the bytes that it moves are the topmost operand. */
export function skipInstruction(reader: Reader): { opcode: number; moves: boolean } {
  const opcode = reader.byte();
  if (opcode === Op.BranchTable) reader.skipNumbers(reader.unsigned() + 1);
  else if (opcode === 0x1c) reader.skipNumbers(reader.unsigned());
  else if (opcode === 0x43 || opcode === 0x44) reader.take(opcode === 0x43 ? 4 : 8);
  else if (opcode === Op.Prefix) {
    const sub = reader.unsigned();
    reader.skipNumbers(PREFIXED.get(sub) ?? 0);
    if (sub > MEMORY_FILL) throw new Error(`instruction 0xfc ${sub} is not known here`);
    return { opcode, moves: sub === MEMORY_COPY || sub === MEMORY_FILL };
  } else if (opcode > 0xc4 && opcode !== 0xd0 && opcode !== 0xd1 && opcode !== 0xd2) {
    throw new Error(`instruction 0x${opcode.toString(16)} is not known here`);
  } else reader.skipNumbers(NUMBERS.get(opcode) ?? 0);
  return { opcode, moves: false };
}
