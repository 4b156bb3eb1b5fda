/** Which answers may a node, or anybody in its place, give? Right ones, nearly right ones, and noise, all from a seed. */
import fc from "fast-check";

type Bytes = fc.Arbitrary<readonly number[]>;

export const ID = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
export const PART = 3;

const join = (...pieces: readonly Bytes[]): Bytes => fc.tuple(...pieces).map((all) => all.flat());
const bigEndian = (value: number, width: number): number[] =>
  Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);

/** A header of the given formats: each with the width of its length. */
function header(
  length: number,
  short: number | undefined,
  longs: readonly (readonly [format: number, width: number])[],
): Bytes {
  const forms = longs.map(([format, width]) => [format, ...bigEndian(length, width)]);
  return fc.constantFrom(...(short === undefined ? [] : [[short | length]]), ...forms);
}

export const str = (text: string): Bytes => {
  const bytes = [...Buffer.from(text, "latin1")];
  const forms = [
    [0xd9, 1],
    [0xda, 2],
    [0xdb, 4],
  ] as const;
  return header(bytes.length, bytes.length < 32 ? 0xa0 : undefined, forms).map((head) =>
    head.concat(bytes),
  );
};

const bin = (bytes: readonly number[]): Bytes =>
  fc
    .constantFrom([0xc4, bytes.length], [0xc4, bytes.length], [0xc5, 0, bytes.length])
    .map((head) => head.concat(bytes));

/** Each form of a small integer, signed ones too. */
const int = (value: number): Bytes =>
  fc.constantFrom(
    [value],
    ...[0xcc, 0xd0].map((format) => [format, value]),
    ...[0xcd, 0xd1].map((format) => [format, ...bigEndian(value, 2)]),
    ...[0xce, 0xd2].map((format) => [format, ...bigEndian(value, 4)]),
    ...[0xcf, 0xd3].map((format) => [format, ...bigEndian(value, 8)]),
  );

const list = (item: Bytes, maxLength: number): Bytes =>
  fc.array(item, { maxLength }).map((items) => [0x90 | items.length, ...items.flat()]);

/** What stands where something else is expected. */
const odd: Bytes = fc.oneof(
  fc.constantFrom<readonly number[]>(
    [0xc0],
    [0xc1],
    [0xc2],
    [0xc3],
    [0xff],
    [0xd0, 0xff],
    [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfd],
    [0xcf, 0, 0, 0, 1, 0, 0, 0, 3],
    [0xca, 0x40, 0x40, 0, 0],
    [0xcb, 0x40, 0x08, 0, 0, 0, 0, 0, 0],
    [0xd4, 1, 3],
    [0xd6, 0xff, 0, 0, 0, 0],
    [0xc7, 2, 5, 0, 0],
    [0xc7, 0, 5],
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0xdb, 0x80, 0, 0, 0],
    [0xa4, 0xf0, 0x61, 0x73, 0x73],
    [0xa5, 0xc1, 0xb0, 0x61, 0x73, 0x73],
    [0x80],
    [0x90],
  ),
  fc.integer({ min: 1, max: 40 }).map((depth) => [...Array<number>(depth).fill(0x91), 1]),
  fc
    .integer({ min: 1, max: 40 })
    .map((depth) => [...Array<number[]>(depth).fill([0x81, 1]).flat(), 1]),
  str("pass"),
);

const ourId = [...ID];
const entry = (key: string, value: Bytes): Bytes => join(str(key), value);
const mostly = (right: Bytes, ...others: readonly Bytes[]): Bytes =>
  fc.oneof(
    { arbitrary: right, weight: 12 },
    ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );

const idEntry = entry(
  "id",
  mostly(bin(ourId), bin(ourId.slice(1)), bin([...ourId, 0]), bin([...ourId].reverse()), odd),
);
const partEntry = entry("part", mostly(int(PART), int(PART + 1), int(0), odd));
const actionEntry = entry(
  "action",
  mostly(
    fc.oneof(str("pass"), str("block")),
    ...["Pass", "pas", "passe", "pass\0", "\0pass", "\0block", "", "\u00ffass"].map(str),
    odd,
  ),
);
const extra: Bytes = fc.oneof(
  entry("status", mostly(int(64), odd)),
  entry("application", mostly(int(7), odd)),
  entry("attacks", mostly(list(fc.oneof(str("ptrav"), str("sqli")), 3), odd)),
  entry("attacks", list(odd, 2)),
  entry("lacks", mostly(list(int(0), 3), odd)),
  entry("error", mostly(str("overloaded"), str(""), odd)),
  entry("later", odd),
  entry("\0action", str("block")),
  entry("\0part", int(PART)),
  entry("x".repeat(40), odd),
  join(odd, odd),
);

const map = (entries: fc.Arbitrary<readonly (readonly number[])[]>): Bytes =>
  entries.map((all) => [0x80 | all.length, ...all.flat()]);
/** Keys in any order; now and then one is missing, or there twice. */
const verdict: Bytes = map(
  fc
    .tuple(
      fc.tuple(idEntry, partEntry, actionEntry),
      fc.oneof(
        { arbitrary: fc.constant([]), weight: 4 },
        fc.array(extra, { maxLength: 2 }),
        fc.tuple(fc.oneof(idEntry, partEntry, actionEntry)),
      ),
      fc.nat(9),
      fc.nat(5),
    )
    .map(([known, others, missing, turn]) => {
      const all = [...known.filter((_, i) => i !== missing), ...others];
      return [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)];
    }),
);

/** The body of an answer. */
export const answer: Bytes = fc.oneof(
  { arbitrary: verdict.map((one) => [0x91, ...one]), weight: 6 },
  { arbitrary: list(verdict, 3), weight: 3 },
  list(fc.oneof(verdict, odd), 3),
  verdict,
);

/** Small changes to any bytes. */
export interface Edit {
  readonly kind: "set" | "insert" | "remove" | "cut";
  readonly at: number;
  readonly byte: number;
}
export const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set", "set", "insert", "remove", "cut"),
  at: fc.nat(65535),
  byte: fc.nat(255),
});

export function edited(bytes: readonly number[], { kind, at, byte }: Edit): number[] {
  const place = at % (bytes.length + 1);
  const copy = [...bytes];
  if (kind === "cut") copy.length = place;
  else if (kind === "insert") copy.splice(place, 0, byte);
  else if (kind === "remove") copy.splice(place, 1);
  else copy[place] = byte;
  return copy;
}
