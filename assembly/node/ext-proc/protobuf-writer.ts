// How is a message of Protocol Buffers written? Field by field; a length stands before what it measures, so that a nested
// message is written first and pushed back by its length's own bytes (https://protobuf.dev/programming-guides/encoding/).
import { ByteWriter } from "as-proxy-wasm";

const VARINT: u32 = 0;
const LENGTH: u32 = 2;

export function writeVarint(out: ByteWriter, value: u32): void {
  while (value >= 0x80) {
    out.writeU8((value & 0x7f) | 0x80);
    value >>= 7;
  }
  out.writeU8(value);
}

function varintSize(value: u32): u32 {
  let size: u32 = 1;
  while (value >= 0x80) {
    value >>= 7;
    size++;
  }
  return size;
}

/** Of a field of `length` bytes. */
export function sizeOfBytes(length: u32): u32 {
  return 1 + varintSize(length) + length;
}

/** For an enum, a bool, or an integer. Zero is what is left out. */
export function writeNumber(out: ByteWriter, field: u32, value: u32): void {
  if (value == 0) return;
  writeVarint(out, (field << 3) | VARINT);
  writeVarint(out, value);
}

/** The begin of bytes, a string or a message of `length` bytes; they follow. Numbers of fields are at most 15. */
export function writeLength(out: ByteWriter, field: u32, length: u32): void {
  const tag = (field << 3) | LENGTH;
  if (length < 0x80) out.writeU16BE((tag << 8) | length);
  else {
    writeVarint(out, tag);
    writeVarint(out, length);
  }
}

/** The name of something: ASCII. */
export function writeName(out: ByteWriter, field: u32, name: string): void {
  writeLength(out, field, name.length);
  out.writeAscii(name);
}

/** Begins a nested message; `endNested` needs what it gives. */
export function beginNested(out: ByteWriter, field: u32): u32 {
  writeVarint(out, (field << 3) | LENGTH);
  return u32(out.length);
}

export function endNested(out: ByteWriter, start: u32): void {
  let length = u32(out.length) - start;
  const width = varintSize(length);
  out.insertGap(start, width);
  for (let i: u32 = 1; i < width; i++) {
    out.setU8(start++, (length & 0x7f) | 0x80);
    length >>= 7;
  }
  out.setU8(start, length);
}
