/**
 * What may the policy make of an answer? Worked out apart from it, with a reader that keeps a map's entries as they stand:
 * a decoder that makes objects would hide keys that are there twice.
 */

/** A map, an array, an integer, or anything else with its first byte. */
type Value =
  | { readonly kind: "map"; readonly entries: readonly (readonly [Value, Value])[] }
  | { readonly kind: "array"; readonly items: readonly Value[] }
  | { readonly kind: "str" | "bin"; readonly text: string }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "other" };

export type Verdict = "pass" | "block" | "none";

const DEEPEST = 16;

export function expectedVerdict(body: Uint8Array, id: Uint8Array, part: number): Verdict {
  try {
    const reader = new Reader(body);
    const answer = reader.value(0);
    if (!reader.ended || answer.kind !== "array") return "none";
    const latin1 = Buffer.from(id).toString("latin1");
    const ours = answer.items.map((item) => judge(item, latin1, BigInt(part)));
    const found = new Set(ours.filter((verdict) => verdict !== undefined));
    return found.size === 1 ? [...found][0]! : "none";
  } catch {
    return "none"; // what is not the contract's makes all of the answer unusable
  }
}

/** Undefined: a verdict on something else. */
function judge(item: Value, id: string, part: bigint): Verdict | undefined {
  const fields = fieldsOf(item);
  const attacks = fields.get("attacks");
  if (attacks !== undefined) {
    if (attacks.kind !== "array") throw new Error("attacks is no array");
    attacks.items.forEach((attack) => textOf(attack, "str"));
  }
  const itsId = fields.has("id") ? textOf(fields.get("id")!, "bin") : undefined;
  if (itsId !== undefined && itsId.length !== 16) throw new Error("an id of another length");
  const itsPart = fields.has("part") ? wholeOf(fields.get("part")!) : undefined;
  const action = fields.has("action") ? textOf(fields.get("action")!, "str") : undefined;
  const isError = fields.has("error") && textOf(fields.get("error")!, "str") !== undefined;
  if (itsId !== id) return undefined;
  if (isError) return itsPart === undefined || itsPart === part ? "none" : undefined;
  if (itsPart !== part) return undefined;
  if (fields.has("lacks")) return "none";
  return action === "pass" || action === "block" ? action : "none";
}

const KNOWN = ["id", "part", "action", "status", "attacks", "application", "error", "lacks"];

function fieldsOf(item: Value): Map<string, Value> {
  if (item.kind !== "map") throw new Error("a verdict is no map");
  const fields = new Map<string, Value>();
  for (const [key, value] of item.entries) {
    const name = textOf(key, "str");
    if (KNOWN.includes(name) && fields.has(name)) throw new Error(`${name} is there twice`);
    fields.set(name, value);
  }
  return fields;
}

function textOf(value: Value, kind: "str" | "bin"): string {
  if (value.kind !== kind) throw new Error(`expected ${kind}`);
  return value.text;
}

function wholeOf(value: Value): bigint {
  if (value.kind !== "int" || value.value < 0n || value.value > 0xffffffffn) {
    throw new Error("expected an integer from 0 to 2^32-1");
  }
  return value.value;
}

/** Sizes of what follows a format byte from 0xc0 on: of a length, or of a value. */
const WIDTHS: Readonly<Record<number, number>> = {
  ...{ 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xc7: 1, 0xc8: 2, 0xc9: 4, 0xca: 4, 0xcb: 8 },
  ...{ 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 },
  ...{ 0xd4: 2, 0xd5: 3, 0xd6: 5, 0xd7: 9, 0xd8: 17, 0xd9: 1, 0xda: 2, 0xdb: 4 },
  ...{ 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 },
};

class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get ended(): boolean {
    return this.at === this.bytes.length;
  }

  value(depth: number): Value {
    if (depth > DEEPEST) throw new Error("too deep");
    const format = this.take(1)[0]!;
    if (format < 0x80) return { kind: "int", value: BigInt(format) };
    if (format < 0x90) return this.map(format & 15, depth);
    if (format < 0xa0) return this.array(format & 15, depth);
    if (format < 0xc0) return { kind: "str", text: this.text(format & 31) };
    if (format >= 0xe0) return { kind: "int", value: BigInt(format - 256) };
    return this.long(format, depth);
  }

  private long(format: number, depth: number): Value {
    if (format === 0xc1) throw new Error("never used");
    const width = WIDTHS[format] ?? 0;
    const number = [...this.take(width)].reduce((value, byte) => value * 256n + BigInt(byte), 0n);
    if (format < 0xc4 || (format >= 0xca && format <= 0xcb)) return { kind: "other" };
    if (format <= 0xc6) return { kind: "bin", text: this.text(Number(number)) };
    if (format <= 0xc9) return this.take(Number(number) + 1) && { kind: "other" };
    if (format <= 0xcf) return { kind: "int", value: number };
    if (format <= 0xd3) return { kind: "int", value: BigInt.asIntN(width * 8, number) };
    if (format <= 0xd8) return { kind: "other" };
    if (format <= 0xdb) return { kind: "str", text: this.text(Number(number)) };
    return format <= 0xdd ? this.array(Number(number), depth) : this.map(Number(number), depth);
  }

  private array(count: number, depth: number): Value {
    const items: Value[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return { kind: "array", items };
  }

  private map(count: number, depth: number): Value {
    const entries: [Value, Value][] = [];
    for (let i = 0; i < count; i++) entries.push([this.value(depth + 1), this.value(depth + 1)]);
    return { kind: "map", entries };
  }

  private text(length: number): string {
    return Buffer.from(this.take(length)).toString("latin1");
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new Error("past the end");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
