// How do tests reach writers and held bytes? By number: a test makes as many as it likes.
import { BufferType, ByteWriter, hashBytes, HeldBytes, Status } from "as-proxy-wasm";

const writers: Array<ByteWriter | null> = [];
const held: Array<HeldBytes | null> = [];

export function newWriter(): i32 {
  return writers.push(new ByteWriter()) - 1;
}
export function writer(i: i32): ByteWriter {
  return writers[i]!;
}
export function forgetWriter(i: i32): void {
  writers[i] = null;
}
export function writerLength(i: i32): i32 {
  return writer(i).length;
}
export function writerFailed(i: i32): bool {
  return writer(i).failed;
}
export function writerClear(i: i32, keepAtMost: u32): void {
  writer(i).clear(keepAtMost);
}
export function writerReserve(i: i32, extra: u32): bool {
  return writer(i).reserve(extra);
}
export function writerWriteNumbers(i: i32): void {
  const one = writer(i);
  one.writeU8(0x101);
  one.writeU16BE(0x0203);
  one.writeU32BE(0x04050607);
  one.writeU64BE(0x08090a0b0c0d0e0f);
}
export function writerWriteBytes(i: i32, bytes: ArrayBuffer, offset: u32, length: u32): void {
  writer(i).writeBytes(bytes, offset, length);
}
export function writerWriteString(i: i32, text: string): void {
  writer(i).writeString(text);
}
export function writerSetU8(i: i32, at: u32, value: u32): void {
  writer(i).setU8(at, value);
}
export function writerSetU32BE(i: i32, at: u32, value: u32): void {
  writer(i).setU32BE(at, value);
}
export function writerByteAt(i: i32, at: u32): u32 {
  return writer(i).byteAt(at);
}
export function writerTruncate(i: i32, length: u32): void {
  writer(i).truncate(length);
}
export function writerContent(i: i32): ArrayBuffer {
  return writer(i).toArrayBuffer();
}

export function newHeld(): i32 {
  return held.push(new HeldBytes()) - 1;
}
export function forgetHeld(i: i32): void {
  held[i] = null;
}
export function heldLength(i: i32): u32 {
  return held[i]!.length;
}
export function heldAppend(i: i32, bytes: ArrayBuffer, offset: u32, length: u32): Status {
  return held[i]!.append(bytes, offset, length);
}
export function heldAppendFromHost(i: i32, type: BufferType, start: u32, length: u32): Status {
  return held[i]!.appendFromHost(type, start, length);
}
export function heldDropFront(i: i32, length: u32): void {
  held[i]!.dropFront(length);
}
export function heldClear(i: i32): void {
  held[i]!.clear();
}
export function heldRange(i: i32, start: u32, length: u32): ArrayBuffer {
  const to = new ByteWriter();
  held[i]!.writeRangeTo(to, start, length);
  return to.toArrayBuffer();
}
export function heldPrepend(i: i32, type: BufferType, start: u32, length: u32): Status {
  return held[i]!.prependRangeToHost(type, start, length);
}
export function heldAppendTo(i: i32, type: BufferType, start: u32, length: u32): Status {
  return held[i]!.appendToHost(type, start, length);
}
export function heldContent(i: i32): ArrayBuffer {
  const to = new ByteWriter();
  held[i]!.writeTo(to);
  return to.toArrayBuffer();
}

/** Loses `count` held bodies and writers of `size` bytes each, without clearing them. */
export function loseUncleared(count: i32, size: i32): void {
  const bytes = new ArrayBuffer(size);
  for (let i = 0; i < count; i++) {
    new HeldBytes().append(bytes);
    new ByteWriter().writeBytes(bytes);
  }
}

export function pagesOfMemory(): i32 {
  return memory.size();
}

export function hashed(bytes: ArrayBuffer, low: u64, high: u64): u64 {
  return hashBytes(bytes, low, high);
}
