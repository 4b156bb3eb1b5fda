/**
 * Of which types are attributes, and how are they serialized for a guest? (Envoy: serializeValue in wasm/context.cc)
 * Strings as they are; numbers and durations in 8 bytes, little endian; booleans in one byte; maps and lists as pairs;
 * messages as protobuf.
 */
import { latin1ToBytes, utf8ToBytes, bytesToLatin1 } from "../../wasm/byte-string.ts";
import { encodePairs, type Pair } from "../../wasm/pairs.ts";
import type { HeaderMap } from "../header-map.ts";
import type { Json, JsonObject } from "../node-info.ts";

export type Value =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "int"; readonly int: bigint }
  | { readonly kind: "double"; readonly double: number }
  | { readonly kind: "bool"; readonly bool: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | MapValue
  | MessageValue;

/** Something with members that are asked for by name. */
export interface MapValue {
  readonly kind: "map";
  readonly get: (name: string) => Value | undefined;
  /** What its serialization lists; `null`: it has none, as `request` and its like. */
  readonly entries: () => readonly (readonly [string, Value])[] | null;
}

/** A protobuf message: its fields by name, and its own serialization. */
export interface MessageValue {
  readonly kind: "message";
  readonly get: (field: string) => Value | undefined;
  readonly serialize: () => Uint8Array;
}

export const text = (value: string): Value => ({ kind: "bytes", bytes: utf8ToBytes(value) });
/** A byte string, such as a header. */
export const byteText = (value: string): Value => ({ kind: "bytes", bytes: latin1ToBytes(value) });
export const int = (value: bigint | number): Value => ({ kind: "int", int: BigInt(value) });
export const bool = (value: boolean): Value => ({ kind: "bool", bool: value });

/** Members that are computed when asked for; it can't be serialized as a whole. */
export function wrapper(members: Readonly<Record<string, () => Value | undefined>>): MapValue {
  return {
    kind: "map",
    get: (name) => (Object.hasOwn(members, name) ? members[name]?.() : undefined),
    entries: () => null,
  };
}

export function headersValue(map: HeaderMap | null): MapValue {
  return {
    kind: "map",
    get: (name) => {
      const value = map?.get(name);
      return value === undefined ? undefined : byteText(value);
    },
    entries: () => {
      const names = new Set(map?.entries.map(([name]) => name));
      return [...names].map((name) => [name, byteText(map?.get(name) ?? "")] as const);
    },
  };
}

export function structValue(object: JsonObject): MapValue {
  return {
    kind: "map",
    get: (name) => (Object.hasOwn(object, name) ? jsonValue(object[name] ?? null) : undefined),
    entries: () => Object.entries(object).map(([name, value]) => [name, jsonValue(value)] as const),
  };
}

function jsonValue(json: Json): Value {
  if (json === null) return { kind: "null" };
  if (typeof json === "string") return text(json);
  if (typeof json === "number") return { kind: "double", double: json };
  if (typeof json === "boolean") return bool(json);
  if (Array.isArray(json)) return { kind: "list", items: json.map(jsonValue) };
  return structValue(json as JsonObject);
}

/** `null`: it can't be serialized. */
export function serialize(value: Value): Uint8Array | null {
  switch (value.kind) {
    case "bytes":
      return value.bytes;
    case "int":
      return eightBytes((view) => view.setBigUint64(0, BigInt.asUintN(64, value.int), true));
    case "double":
      return eightBytes((view) => view.setFloat64(0, value.double, true));
    case "bool":
      return Uint8Array.of(value.bool ? 1 : 0);
    case "null":
      return null;
    case "message":
      return value.serialize();
    case "list":
      return serializePairs(value.items.map((item) => [item, null] as const));
    case "map": {
      const entries = value.entries();
      if (entries === null) return null;
      return serializePairs(entries.map(([name, item]) => [text(name), item] as const));
    }
  }
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return new Uint8Array(view.buffer);
}

function serializePairs(items: readonly (readonly [Value, Value | null])[]): Uint8Array | null {
  const pairs: Pair[] = [];
  for (const [name, value] of items) {
    const nameBytes = serialize(name);
    const valueBytes = value === null ? new Uint8Array(0) : serialize(value);
    if (nameBytes === null || valueBytes === null) return null;
    pairs.push([bytesToLatin1(nameBytes), bytesToLatin1(valueBytes)]);
  }
  return encodePairs(pairs);
}
