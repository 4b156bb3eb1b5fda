/**
 * What stands in msgpack that anybody may have written? Worked out apart from the policy. A map keeps its entries as they stand, for
 * keys may be there twice; texts and bytes are Latin-1 strings, so that no decoder of UTF-8 comes between.
 */
export type Value =
  | { readonly kind: "map"; readonly entries: readonly (readonly [Value, Value])[] }
  | { readonly kind: "array"; readonly items: readonly Value[] }
  | { readonly kind: "str" | "bin"; readonly text: string }
  /** -1: negative or above 2^53. */
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "other" };

const DEEPEST = 16;
const OTHER: Value = { kind: "other" };

/** The one value that `bytes` are; undefined if they are anything else. */
export function decodeMsgpack(bytes: Uint8Array): Value | undefined {
  const reader = new Reader(bytes);
  try {
    const value = reader.value(0);
    return reader.ended ? value : undefined;
  } catch (error) {
    if (error === MALFORMED) return undefined;
    throw error;
  }
}

const MALFORMED = new Error("malformed");

class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): Value {
    if (depth > DEEPEST) throw MALFORMED;
    const format = this.#unsigned(1);
    if (format < 0x80) return { kind: "int", value: format };
    if (format < 0x90) return this.#map(format & 15, depth);
    if (format < 0xa0) return this.#array(format & 15, depth);
    if (format < 0xc0) return { kind: "str", text: this.#text(format & 31) };
    if (format >= 0xe0) return { kind: "int", value: -1 };
    return format < 0xcc || format > 0xd3 ? this.#long(format, depth) : this.#integer(format);
  }

  #integer(format: number): Value {
    const width = 1 << (format & 3);
    const value = this.#unsigned(width);
    const isNegative = format >= 0xd0 && this.#bytes[this.#at - width]! >= 0x80;
    return { kind: "int", value: isNegative || value > Number.MAX_SAFE_INTEGER ? -1 : value };
  }

  #long(format: number, depth: number): Value {
    if (format === 0xc1) throw MALFORMED;
    if (format === 0xc2 || format === 0xc3) return { kind: "bool", value: format === 0xc3 };
    if (format === 0xc0) return OTHER;
    if (format <= 0xc6) return { kind: "bin", text: this.#text(this.#length(format - 0xc4)) };
    if (format <= 0xc9) return this.#other(this.#length(format - 0xc7) + 1);
    if (format <= 0xcb) return this.#other(format === 0xca ? 4 : 8);
    if (format <= 0xd8) return this.#other((1 << (format - 0xd4)) + 1);
    if (format <= 0xdb) return { kind: "str", text: this.#text(this.#length(format - 0xd9)) };
    const count = this.#unsigned(format % 2 === 0 ? 2 : 4);
    return format <= 0xdd ? this.#array(count, depth) : this.#map(count, depth);
  }

  #length(power: number): number {
    return this.#unsigned(1 << power);
  }

  #array(count: number, depth: number): Value {
    const items: Value[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return { kind: "array", items };
  }

  #map(count: number, depth: number): Value {
    const entries: [Value, Value][] = [];
    for (let i = 0; i < count; i++) entries.push([this.value(depth + 1), this.value(depth + 1)]);
    return { kind: "map", entries };
  }

  #other(length: number): Value {
    this.#take(length);
    return OTHER;
  }

  #text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString("latin1", start, start + length);
  }

  #unsigned(width: number): number {
    const start = this.#take(width);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + this.#bytes[start + i]!;
    return value;
  }

  #take(length: number): number {
    if (length > this.#bytes.length - this.#at) throw MALFORMED;
    this.#at += length;
    return this.#at - length;
  }
}
