// How do tests see pairs? As text: what each method of HeaderPairs says about each pair.
import {
  ByteWriter,
  HeaderMapType,
  HeaderPairs,
  SerializedPairs,
  StaticName,
  Status,
  bytesToString,
  getHeaderPairs,
  setHeaderPairs,
} from "as-proxy-wasm";

let pairs: HeaderPairs | null = null;
const serialized: SerializedPairs = new SerializedPairs();

/** Number of pairs; -1 if there are none to be had. */
export function readPairs(type: HeaderMapType): i32 {
  const got = getHeaderPairs(type);
  pairs = got;
  return got === null ? -1 : got.count;
}
export function parsePairs(bytes: ArrayBuffer): i32 {
  const got = HeaderPairs.of(bytes);
  pairs = got;
  return got === null ? -1 : got.count;
}
export function pairName(i: i32): string {
  return pairs!.name(i);
}
export function pairValue(i: i32): ArrayBuffer {
  return pairs!.value(i);
}
export function pairValueString(i: i32): string {
  return pairs!.valueString(i);
}
export function pairLengths(i: i32): string {
  return pairs!.nameLength(i).toString() + " " + pairs!.valueLength(i).toString();
}
export function pairFind(name: string, from: i32): i32 {
  return pairs!.find(StaticName.of(name), from);
}
export function pairValueEquals(i: i32, ascii: string): bool {
  return pairs!.valueEquals(i, ascii);
}
export function pairBytes(i: i32, at: i32): string {
  return pairs!.nameByte(i, at).toString() + " " + pairs!.valueByte(i, at).toString();
}
export function pairIsPseudo(i: i32): bool {
  return pairs!.nameIsPseudo(i);
}
export function pairNameIsPrintable(i: i32): bool {
  return pairs!.nameIsPrintable(i);
}
export function pairsHash(low: u64, high: u64): u64 {
  return pairs!.hash(low, high);
}
/** The pair as methods that write give it: name, value, and the value from `start` on. */
export function pairWritten(i: i32, start: i32, length: i32): string {
  const writer = new ByteWriter();
  pairs!.writeName(i, writer);
  writer.writeString("=");
  pairs!.writeValue(i, writer);
  writer.writeString("|");
  pairs!.writeValueRange(i, writer, start, length);
  return bytesToString(writer.toArrayBuffer());
}

export function serializedAdd(name: string, value: string): i32 {
  return serialized.add(name, value).count;
}
export function serializedAddBytes(name: ArrayBuffer, value: ArrayBuffer): i32 {
  return serialized.addBytes(name, value).count;
}
export function serializedSet(i: i32, value: string): i32 {
  return serialized.set(i, value).count;
}
export function serializedBytes(): ArrayBuffer {
  return serialized.bytes();
}
export function setPairs(type: HeaderMapType): Status {
  return setHeaderPairs(type, serialized);
}
export function theSerialized(): SerializedPairs {
  return serialized;
}
