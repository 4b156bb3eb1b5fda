/** Is a field of a message what the contract says? Each reader refuses with a reason that names the field. */
import { malformed } from "./contract-error.ts";
import type { NameValue } from "./messages.ts";

export type WireMap = Readonly<Record<string, unknown>>;

/** Reads the fields of one map; `where` is how reasons name it, for example `messages[0]`. */
export interface FieldReader {
  readonly map: WireMap;
  readonly where: string;
}

const ID_BYTES = 16;
const MAX_PAIRS = 10_000;

export function isWireMap(value: unknown): value is WireMap {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

export function wrongField({ where }: FieldReader, key: string, must: string): Error {
  return malformed("MsgDataFormat", `${where}.${key} ${must}`);
}

export function idField(reader: FieldReader): string {
  const value = reader.map.id;
  if (!(value instanceof Uint8Array) || value.length !== ID_BYTES) {
    throw wrongField(reader, "id", `must be bin of ${ID_BYTES} bytes, not ${describe(value)}`);
  }
  return Buffer.from(value).toString("hex");
}

export function stringField(reader: FieldReader, key: string): string {
  const value = reader.map[key];
  if (typeof value !== "string") {
    throw wrongField(reader, key, `must be str, not ${describe(value)}`);
  }
  return value;
}

export function choiceField<T extends string>(
  reader: FieldReader,
  key: string,
  choices: readonly T[],
): T {
  const value = reader.map[key];
  if (!choices.includes(value as T)) {
    const allowed = choices.map((choice) => JSON.stringify(choice)).join(" or ");
    throw wrongField(reader, key, `must be ${allowed}, not ${describe(value)}`);
  }
  return value as T;
}

export function booleanField(reader: FieldReader, key: string): boolean {
  const value = reader.map[key];
  if (typeof value !== "boolean") {
    throw wrongField(reader, key, `must be bool, not ${describe(value)}`);
  }
  return value;
}

/** Integers of every width; 64-bit ones come as bigint. */
export function integerField(
  reader: FieldReader,
  key: string,
  [min, max]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER],
): number {
  const value = reader.map[key];
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < min || number > max) {
    throw wrongField(reader, key, `must be int from ${min} to ${max}, not ${describe(value)}`);
  }
  return number;
}

/** Bytes as latin1 text. */
export function binaryTextField(reader: FieldReader, key: string): string {
  return Buffer.from(binaryField(reader, key)).toString("latin1");
}

export function binaryField(reader: FieldReader, key: string): Uint8Array {
  const value = reader.map[key];
  if (!(value instanceof Uint8Array)) {
    throw wrongField(reader, key, `must be bin, not ${describe(value)}`);
  }
  return value;
}

export function pairsField(reader: FieldReader, key: string): readonly NameValue[] {
  const value = reader.map[key];
  if (!Array.isArray(value) || value.length > MAX_PAIRS) {
    const must = `must be array of at most ${MAX_PAIRS} [name, value]`;
    throw wrongField(reader, key, `${must}, not ${describe(value)}`);
  }
  return value.map((pair: unknown, index) => pairAt(reader, `${key}[${index}]`, pair));
}

function pairAt(reader: FieldReader, key: string, pair: unknown): NameValue {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw wrongField(reader, key, `must be array of 2, not ${describe(pair)}`);
  }
  const [name, value] = pair as [unknown, unknown];
  if (typeof name !== "string") {
    throw wrongField(reader, `${key}[0]`, `must be str, not ${describe(name)}`);
  }
  if (!(value instanceof Uint8Array)) {
    throw wrongField(reader, `${key}[1]`, `must be bin, not ${describe(value)}`);
  }
  return [name, Buffer.from(value).toString("latin1")];
}

/** What a wire value is, in a few words: never the value of something long. */
export function describe(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === null) return "nil";
  if (value instanceof Uint8Array) return `bin of ${value.length} bytes`;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (typeof value === "string") {
    return value.length > 32 ? `str of ${value.length} characters` : JSON.stringify(value);
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  return "map or ext";
}
