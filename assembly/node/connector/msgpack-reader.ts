// How is a value read from msgpack that anybody may have written? Never past its end, never deeper than MAX_DEPTH, and
// after the first thing that is not what was asked for, `failed` stays true and every read gives a harmless value.
import { byteAt, bytesToString, u64BEAt } from "as-proxy-wasm";

export const MAX_DEPTH: i32 = 16;
/** No short word of ASCII has this bit. */
const LONG: u64 = 1 << 63;
/** FNV-1a with 64 bits: its basis and its prime. */
const BASIS: u64 = 0xcbf29ce484222325;
const PRIME: u64 = 0x100000001b3;

export class MsgpackReader {
  failed: bool = false;
  private at: i32 = 0;

  constructor(private bytes: ArrayBuffer) {}

  get ended(): bool {
    return this.at == this.bytes.byteLength;
  }

  readArrayHeader(): u32 {
    const format = this.format();
    if ((format & 0xf0) == 0x90) return format & 0x0f;
    if (format == 0xdc) return u32(this.unsigned(2));
    if (format == 0xdd) return u32(this.unsigned(4));
    return this.fail();
  }

  readMapHeader(): u32 {
    const format = this.format();
    if ((format & 0xf0) == 0x80) return format & 0x0f;
    if (format == 0xde) return u32(this.unsigned(2));
    if (format == 0xdf) return u32(this.unsigned(4));
    return this.fail();
  }

  /** A str; bytes that are not UTF-8 become U+FFFD. At most `limit` bytes of it are kept. */
  readText(limit: u32): string {
    const length = this.textLength();
    const start = this.at;
    if (!this.skipBytes(length)) return "";
    return bytesToString(this.bytes, start, min(u32(length), limit));
  }

  /**
   * A str as one number, without allocating: its bytes where it has at most eight, the first in front; of a longer one its
   * hash. 0 for what no word of the contract can be: a NUL at any place, which would vanish in front of the number, or a
   * first byte that is not ASCII, which could be taken for the mark of a hash.
   */
  readWord(): u64 {
    const length = this.textLength();
    const start = this.at;
    if (!this.skipBytes(length) || byteAt(this.bytes, start) >= 0x80) return 0;
    let packed: u64 = 0;
    let hash = BASIS;
    for (let at = start; at < this.at; at++) {
      const byte = u64(byteAt(this.bytes, at));
      if (byte == 0) return 0;
      packed = (packed << 8) | byte;
      hash = (hash ^ byte) * PRIME;
    }
    return length > 8 ? hash | LONG : packed;
  }

  private textLength(): u64 {
    const format = this.format();
    if ((format & 0xe0) == 0xa0) return format & 0x1f;
    if (format >= 0xd9 && format <= 0xdb) return this.unsigned(1 << (format - 0xd9));
    return this.fail();
  }

  /** Two halves of a bin of 16 bytes: `readId` tells the first, `idLow` the second. */
  idLow: u64 = 0;
  readId(): u64 {
    const format = this.format();
    if (format < 0xc4 || format > 0xc6) return this.fail();
    if (this.unsigned(1 << (format - 0xc4)) != 16) return this.fail();
    const high = this.unsigned(8);
    this.idLow = this.unsigned(8);
    return high;
  }

  /** An integer from 0 to 2^32-1; anything else fails. */
  readU32(): u32 {
    const format = this.format();
    if (format < 0x80) return format;
    if (format >= 0xcc && format <= 0xcf) {
      const value = this.unsigned(1 << (format - 0xcc));
      return value <= u64(u32.MAX_VALUE) ? u32(value) : this.fail();
    }
    if (format >= 0xd0 && format <= 0xd3) return this.readPositive(1 << (format - 0xd0));
    return this.fail();
  }

  /** A signed format may hold a value that is not negative: decoders accept every form. */
  private readPositive(width: i32): u32 {
    const value = this.unsigned(width);
    const isNegative = ((value >> u64(width * 8 - 1)) & 1) == 1;
    return isNegative || value > u64(u32.MAX_VALUE) ? this.fail() : u32(value);
  }

  /** Passes over one value of any type. */
  skip(depth: i32 = 0): void {
    if (depth > MAX_DEPTH) {
      this.fail();
      return;
    }
    const format = this.format();
    if (format < 0x80 || format >= 0xe0) return; // fixint
    if (format < 0x90) this.skipItems(u64(format & 0x0f) * 2, depth);
    else if (format < 0xa0) this.skipItems(format & 0x0f, depth);
    else if (format < 0xc0) this.skipBytes(format & 0x1f);
    else this.skipLong(format, depth);
  }

  private skipLong(format: u32, depth: i32): void {
    if (format == 0xc0 || format == 0xc2 || format == 0xc3) return;
    if (format >= 0xc4 && format <= 0xc6) this.skipBytes(this.unsigned(1 << (format - 0xc4)));
    else if (format >= 0xc7 && format <= 0xc9)
      this.skipBytes(this.unsigned(1 << (format - 0xc7)) + 1);
    else if (format == 0xca || format == 0xcb) this.skipBytes(format == 0xca ? 4 : 8);
    else if (format >= 0xcc && format <= 0xcf) this.skipBytes(1 << (format - 0xcc));
    else if (format >= 0xd0 && format <= 0xd3) this.skipBytes(1 << (format - 0xd0));
    else if (format >= 0xd4 && format <= 0xd8) this.skipBytes((1 << (format - 0xd4)) + 1);
    else if (format >= 0xd9 && format <= 0xdb) this.skipBytes(this.unsigned(1 << (format - 0xd9)));
    else if (format == 0xdc || format == 0xdd)
      this.skipItems(this.unsigned(2 << (format - 0xdc)), depth);
    else if (format >= 0xde) this.skipItems(this.unsigned(2 << (format - 0xde)) * 2, depth);
    else this.fail(); // 0xc1 is never used
  }

  private skipItems(count: u64, depth: i32): void {
    for (let i: u64 = 0; i < count && !this.failed; i++) this.skip(depth + 1);
  }

  private skipBytes(length: u64): bool {
    if (this.failed || length > u64(this.bytes.byteLength - this.at)) {
      this.fail();
      return false;
    }
    this.at += i32(length);
    return true;
  }

  private format(): u32 {
    return u32(this.unsigned(1));
  }

  private unsigned(width: i32): u64 {
    const start = this.at;
    if (!this.skipBytes(width)) return 0;
    if (width == 1) return u64(byteAt(this.bytes, start));
    if (width == 8) return u64BEAt(this.bytes, start);
    let value: u64 = 0;
    for (let i = 0; i < width; i++) value = (value << 8) | u64(byteAt(this.bytes, start + i));
    return value;
  }

  /** Makes the whole text unusable: what was read of it breaks a rule. */
  fail(): u32 {
    this.failed = true;
    return 0;
  }
}
