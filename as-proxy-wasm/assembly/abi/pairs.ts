// What stands in the serialized pairs that a host gave (headers, trailers, metadata)? A view over its bytes: nothing is
// copied, no string is made before somebody asks.
//
// As the host writes it, integers little endian:   count ┬ n × (name length ┬ value length) ┬ n × (name 00 value 00)
// After `of`, in place:                            count ┬ n × (name offset ┬ value offset) ┬ n × (name 00 value 00)
// Source: proxy-wasm ABI v0.2.1, "Serialization".
import { ByteWriter } from "../bytes/byte-writer";
import { sameBytes } from "../bytes/same";
import { sipHash } from "../bytes/sip-hash";
import { StaticName } from "../bytes/text";
import { decodeUtf8 } from "../bytes/utf8";

const BLANKS: u64 = 0x2020202020202020;
const ONES: u64 = 0x0101010101010101;

/** Read-only pairs, in the host's order. An index out of range gives empty names and values. */
@final
export class HeaderPairs {
  /** How many names begin with a colon. */
  pseudoCount: i32 = 0;
  private end: u32 = 0;
  /** A bit for each name that is there, see `bitOf`: most names that are not there are not looked for. */
  private names: u64 = 0;

  private constructor(
    private bytes: ArrayBuffer,
    readonly count: i32,
  ) {}

  /** Takes the bytes over; null if they are malformed (a count or length beyond the end, no terminator). */
  static of(bytes: ArrayBuffer): HeaderPairs | null {
    const size = <u32>bytes.byteLength;
    // An empty map is nothing at all, or a single zero byte.
    if (size == 0 || (size == 1 && load<u8>(changetype<usize>(bytes)) == 0)) {
      return new HeaderPairs(bytes, 0);
    }
    if (size < 4) return null;
    const count = load<u32>(changetype<usize>(bytes));
    if (count > (size - 4) / 8) return null;
    const pairs = new HeaderPairs(bytes, <i32>count);
    return pairs.turnLengthsIntoOffsets(size) ? pairs : null;
  }

  /** Index of the first pair of this name from `from` on, -1 if there is none. Bytes are compared: hosts give lower case. */
  find(name: StaticName, from: i32 = 0): i32 {
    return this.findBytes(name.bytes, from);
  }

  findBytes(name: ArrayBuffer, from: i32 = 0): i32 {
    const size = <u32>name.byteLength;
    const bit = HeaderPairs.bitOf(changetype<usize>(name), size);
    if (size > 0 && (this.names & bit) == 0) return -1;
    const bytes = changetype<usize>(this.bytes);
    const cells = bytes + 4;
    const end = cells + ((<usize>this.count) << 3);
    for (let cell = cells + ((<usize>max(from, 0)) << 3); cell < end; cell += 8) {
      const at = load<u32>(cell);
      if (load<u32>(cell, 4) - at - 1 != size) continue;
      if (sameBytes(bytes + at, changetype<usize>(name), size)) return <i32>((cell - cells) >> 3);
    }
    return -1;
  }

  /** Is the pair at `i` of this name? */
  isNamed(i: i32, name: StaticName): bool {
    const size = name.bytes.byteLength;
    return (
      this.nameLength(i) == size && sameBytes(this.nameAt(i), changetype<usize>(name.bytes), size)
    );
  }

  nameLength(i: i32): i32 {
    return this.has(i) ? <i32>(this.valueOffset(i) - 1 - this.nameOffset(i)) : 0;
  }

  valueLength(i: i32): i32 {
    return this.has(i) ? <i32>(this.valueEnd(i) - this.valueOffset(i)) : 0;
  }

  /** What is not UTF-8 becomes U+FFFD. */
  name(i: i32): string {
    return decodeUtf8(this.nameAt(i), this.nameLength(i));
  }

  /** What is not UTF-8 becomes U+FFFD. */
  valueString(i: i32): string {
    return decodeUtf8(this.valueAt(i), this.valueLength(i));
  }

  /** A copy of the bytes of a value. */
  value(i: i32): ArrayBuffer {
    const size = this.valueLength(i);
    const copy = new ArrayBuffer(size);
    memory.copy(changetype<usize>(copy), this.valueAt(i), size);
    return copy;
  }

  /** Is the value this text of ASCII characters, byte by byte? */
  valueEquals(i: i32, ascii: string): bool {
    const size = ascii.length;
    if (!this.has(i) || this.valueLength(i) != size) return false;
    const at = this.valueAt(i);
    for (let k = 0; k < size; k++) {
      if (<i32>load<u8>(at + k) != ascii.charCodeAt(k)) return false;
    }
    return true;
  }

  /** One byte of a value; 0 outside of it. */
  valueByte(i: i32, at: i32): u32 {
    if (!this.has(i)) return 0;
    const start = this.valueOffset(i);
    return <u32>at < this.valueEnd(i) - start
      ? load<u8>(changetype<usize>(this.bytes) + start + at)
      : 0;
  }

  /** Does the name begin with a colon (`:path`)? */
  nameIsPseudo(i: i32): bool {
    // A name of no bytes has its terminator there.
    return this.has(i) && load<u8>(this.nameAt(i)) == 0x3a;
  }

  /** One byte of a name; 0 outside of it. */
  nameByte(i: i32, at: i32): u32 {
    return <u32>at < <u32>this.nameLength(i) ? load<u8>(this.nameAt(i) + at) : 0;
  }

  /** Does the name hold nothing but ASCII from the blank to the tilde? Eight bytes at a time: it is asked of each header. */
  nameIsPrintable(i: i32): bool {
    const at = this.nameAt(i);
    const size = <usize>this.nameLength(i);
    let marks: u64 = 0;
    let k: usize = 0;
    for (; k + 8 <= size; k += 8) marks |= HeaderPairs.oddBytes(load<u64>(at + k));
    const left = size - k;
    if (left > 0) {
      // The last of them, with blanks behind. In front of a name there are always eight bytes: the cells.
      const bits = <u64>left * 8;
      const last = load<u64>(at + size - 8) >> (64 - bits);
      marks |= HeaderPairs.oddBytes(last | (BLANKS << bits));
    }
    return marks == 0;
  }

  /** Of all pairs as they are kept. */
  get byteLength(): i32 {
    return <i32>this.end;
  }

  /** A keyed hash of all pairs, names and values in their order: who does not know the key can't find others with the same. */
  hash(low: u64, high: u64): u64 {
    return sipHash(changetype<usize>(this.bytes), <usize>this.end, low, high);
  }

  writeName(i: i32, writer: ByteWriter): void {
    writer.writeFrom(this.nameAt(i), this.nameLength(i));
  }

  writeValue(i: i32, writer: ByteWriter): void {
    writer.writeFrom(this.valueAt(i), this.valueLength(i));
  }

  /**
   * Writes a pair whose name has less than 32 bytes and whose value less than 256: two bytes, the name, two more bytes and the
   * value. The lengths are added to what stands before them, as most formats have it with short texts. False: it is longer.
   */
  writeShortPair(i: i32, writer: ByteWriter, beforeName: u32, beforeValue: u32): bool {
    if (!this.has(i)) return false;
    const bytes = changetype<usize>(this.bytes);
    const nameAt = this.nameOffset(i);
    const valueAt = this.valueOffset(i);
    const name = valueAt - 1 - nameAt;
    const value = this.valueEnd(i) - valueAt;
    if (name >= 32 || value >= 256) return false;
    const at = writer.extend(4 + name + value);
    if (at == 0) return true;
    store<u16>(at, bswap<u16>(<u16>(beforeName + name)));
    memory.copy(at + 2, bytes + nameAt, name);
    store<u16>(at + 2 + name, bswap<u16>(<u16>(beforeValue + value)));
    memory.copy(at + 4 + name, bytes + valueAt, value);
    return true;
  }

  /** Writes a part of a value; what lies outside of it is left out. */
  writeValueRange(i: i32, writer: ByteWriter, start: i32, length: i32): void {
    const size = this.valueLength(i);
    const from = min(max(start, 0), size);
    writer.writeFrom(this.valueAt(i) + from, min(max(length, 0), size - from));
  }

  @inline
  private has(i: i32): bool {
    return <u32>i < <u32>this.count;
  }

  @inline
  private nameOffset(i: i32): u32 {
    return load<u32>(changetype<usize>(this.bytes) + 4 + ((<usize>i) << 3));
  }

  @inline
  private valueOffset(i: i32): u32 {
    return load<u32>(changetype<usize>(this.bytes) + 8 + ((<usize>i) << 3));
  }

  /** Where its terminator stands. */
  @inline
  private valueEnd(i: i32): u32 {
    return (i + 1 < this.count ? this.nameOffset(i + 1) : this.end) - 1;
  }

  @inline
  private nameAt(i: i32): usize {
    return this.has(i) ? changetype<usize>(this.bytes) + this.nameOffset(i) : 0;
  }

  @inline
  private valueAt(i: i32): usize {
    return this.has(i) ? changetype<usize>(this.bytes) + this.valueOffset(i) : 0;
  }

  /** False if the lengths do not fit into `size` bytes or a terminator is missing. */
  private turnLengthsIntoOffsets(size: u32): bool {
    const at = changetype<usize>(this.bytes);
    const end = at + 4 + ((<usize>this.count) << 3);
    let offset: u64 = end - at;
    for (let cell = at + 4; cell < end; cell += 8) {
      const name = <u32>offset;
      const nameEnd = offset + load<u32>(cell);
      const valueEnd = nameEnd + 1 + load<u32>(cell, 4);
      if (valueEnd >= size) return false;
      if (load<u8>(at + <usize>nameEnd) != 0 || load<u8>(at + <usize>valueEnd) != 0) return false;
      store<u32>(cell, name);
      store<u32>(cell, <u32>nameEnd + 1, 4);
      this.names |= HeaderPairs.bitOf(at + name, <u32>nameEnd - name);
      if (load<u8>(at + name) == 0x3a) this.pseudoCount++;
      offset = valueEnd + 1;
    }
    this.end = <u32>offset;
    return true;
  }

  /** Not 0 if one of eight bytes lies below the blank or above the tilde: then the highest bit of one is set. */
  @inline
  private static oddBytes(bytes: u64): u64 {
    return ((bytes - BLANKS) | (bytes + ONES)) & (ONES << 7);
  }

  /** One of 64 bits, by a name's length, its first byte and the one in its middle. */
  @inline
  private static bitOf(name: usize, size: u32): u64 {
    const middle = load<u8>(name + (size >> 1));
    const sum: u64 = size * 7 + load<u8>(name) + 3 * middle;
    const one: u64 = 1;
    return one << (sum & 63);
  }
}
