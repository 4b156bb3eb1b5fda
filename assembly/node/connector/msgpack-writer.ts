// How is a value written in msgpack? Each in its shortest form (https://github.com/msgpack/msgpack/blob/master/spec.md).
import { ByteWriter, utf8Length } from "as-proxy-wasm";

export function writeMapHeader(out: ByteWriter, entries: u32): void {
  if (entries < 16) out.writeU8(u8(0x80 | entries));
  else {
    out.writeU8(0xde);
    out.writeU16BE(u16(entries));
  }
}

export function writeArrayHeader(out: ByteWriter, items: u32): void {
  if (items < 16) out.writeU8(u8(0x90 | items));
  else if (items < 0x10000) {
    out.writeU8(0xdc);
    out.writeU16BE(u16(items));
  } else {
    out.writeU8(0xdd);
    out.writeU32BE(items);
  }
}

/** The header of a str of `length` bytes; the bytes follow. */
export function writeStrHeader(out: ByteWriter, length: u32): void {
  if (length < 32) out.writeU8(u8(0xa0 | length));
  else if (length < 0x100) {
    out.writeU8(0xd9);
    out.writeU8(u8(length));
  } else writeLength16Or32(out, 0xda, length);
}

/** The header of a bin of `length` bytes; the bytes follow. */
export function writeBinHeader(out: ByteWriter, length: u32): void {
  if (length < 0x100) out.writeU16BE(0xc400 | length);
  else writeLength16Or32(out, 0xc5, length);
}

function writeLength16Or32(out: ByteWriter, format16: u8, length: u32): void {
  if (length < 0x10000) {
    out.writeU8(format16);
    out.writeU16BE(u16(length));
  } else {
    out.writeU8(format16 + 1);
    out.writeU32BE(length);
  }
}

/** A str of ASCII characters, as all keys of the contract are. */
export function writeKey(out: ByteWriter, ascii: string): void {
  writeStrHeader(out, ascii.length);
  out.writeAscii(ascii);
}

/** A str given as text, encoded as UTF-8. */
export function writeText(out: ByteWriter, text: string): void {
  writeStrHeader(out, utf8Length(text));
  out.writeString(text);
}

export function writeBool(out: ByteWriter, value: bool): void {
  out.writeU8(value ? 0xc3 : 0xc2);
}

export function writeUint(out: ByteWriter, value: u64): void {
  if (value < 128) out.writeU8(u8(value));
  else if (value < 0x100) {
    out.writeU8(0xcc);
    out.writeU8(u8(value));
  } else if (value < 0x10000) {
    out.writeU8(0xcd);
    out.writeU16BE(u16(value));
  } else if (value < 0x100000000) {
    out.writeU8(0xce);
    out.writeU32BE(u32(value));
  } else writeUint64(out, value);
}

/** Always nine bytes: the contract writes times so. */
export function writeUint64(out: ByteWriter, value: u64): void {
  out.writeU8(0xcf);
  out.writeU64BE(value);
}
