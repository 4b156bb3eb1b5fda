// How is a message of unknown length put together without garbage? In one growing piece of memory that is used again.
// Big endian numbers, as msgpack and most network formats have them.
import { releaseOnFree } from "../abi/finalize";
import { PAGE_SIZE, takePages, givePages } from "../abi/pages";
import { encodeUtf8To, narrow, utf8Length } from "./utf8";

/** Up to here the room comes from AssemblyScript's allocator, above from whole pages. */
const SMALL: u32 = 32768;
const LARGEST: u32 = 1 << 30;

let finalized: bool = false;

/**
 * A growing byte buffer. When memory ends nothing traps: `failed` turns true, and what is written from then on is lost until
 * `clear`; a hostcall that is given a failed writer answers InternalFailure without calling the host.
 */
@final
export class ByteWriter {
  /** Address of the first byte, for hostcalls: valid until the next write. */
  dataStart: usize = 0;
  private size: u32 = 0;
  private capacity: u32 = 0;
  private broken: bool = false;

  constructor() {
    if (!finalized) releaseOnFree(idof<ByteWriter>(), freed);
    finalized = true;
  }

  get length(): i32 {
    return <i32>this.size;
  }

  /** Memory ended while writing: the content is not whole. */
  get failed(): bool {
    return this.broken;
  }

  /** Empties the writer; room over `keepAtMost` bytes is given back. */
  clear(keepAtMost: u32 = <u32>PAGE_SIZE): void {
    this.size = 0;
    this.broken = false;
    if (this.capacity > keepAtMost) this.release();
  }

  /** As `reserve`, with a look first at what is nearly always so. */
  @inline
  private has(extra: u32): bool {
    return (extra <= this.capacity - this.size && !this.broken) || this.reserve(extra);
  }

  /** Makes room for `extra` more bytes; false if there is none. */
  reserve(extra: u32): bool {
    if (extra <= this.capacity - this.size) return !this.broken;
    const needed = <u64>this.size + extra;
    if (this.broken || needed > LARGEST) return this.fail();
    return this.grow(<u32>needed);
  }

  writeU8(value: u32): void {
    if (!this.has(1)) return;
    store<u8>(this.dataStart + this.size, value);
    this.size += 1;
  }

  writeU16BE(value: u32): void {
    if (!this.has(2)) return;
    store<u16>(this.dataStart + this.size, bswap<u16>(<u16>value));
    this.size += 2;
  }

  writeU32BE(value: u32): void {
    if (!this.reserve(4)) return;
    store<u32>(this.dataStart + this.size, bswap<u32>(value));
    this.size += 4;
  }

  writeU64BE(value: u64): void {
    if (!this.reserve(8)) return;
    store<u64>(this.dataStart + this.size, bswap<u64>(value));
    this.size += 8;
  }

  /** Writes `length` bytes of `bytes` from `offset` on; what lies outside of `bytes` is left out. */
  writeBytes(bytes: ArrayBuffer, offset: u32 = 0, length: u32 = u32.MAX_VALUE): void {
    const size = <u32>bytes.byteLength;
    const from = min(offset, size);
    this.writeFrom(changetype<usize>(bytes) + from, min(length, size - from));
  }

  /** Writes text as UTF-8; half a surrogate pair becomes U+FFFD. */
  writeString(text: string): void {
    const size = utf8Length(text);
    if (!this.reserve(size)) return;
    encodeUtf8To(text, this.dataStart + this.size);
    this.size += size;
  }

  /** Writes text that is known to be ASCII, as keys and names of a format are: of other characters only the low byte. */
  writeAscii(text: string): void {
    const size = <u32>text.length;
    if (!this.reserve(size)) return;
    narrow(changetype<usize>(text), size, this.dataStart + this.size);
    this.size += size;
  }

  /** Overwrites one byte; outside of what was written nothing happens. */
  setU8(at: u32, value: u32): void {
    if (at < this.size) store<u8>(this.dataStart + at, value);
  }

  /** Overwrites four bytes, big endian; outside of what was written nothing happens. */
  setU32BE(at: u32, value: u32): void {
    if (<u64>at + 4 <= this.size) store<u32>(this.dataStart + at, bswap<u32>(value));
  }

  /** Makes room for `size` bytes at `at`, moving back what follows; they are to be set. Outside of the content nothing happens. */
  insertGap(at: u32, size: u32): void {
    if (at > this.size || !this.reserve(size)) return;
    const from = this.dataStart + at;
    memory.copy(from + size, from, this.size - at);
    this.size += size;
  }

  /** One byte; 0 outside of what was written. */
  byteAt(at: u32): u32 {
    return at < this.size ? load<u8>(this.dataStart + at) : 0;
  }

  /** Cuts the content down to `length` bytes: after a failure to what was whole before it. */
  truncate(length: u32): void {
    if (length > this.size) return;
    this.size = length;
    this.broken = false;
  }

  /** A copy of the content. */
  toArrayBuffer(): ArrayBuffer {
    const copy = new ArrayBuffer(<i32>this.size);
    memory.copy(changetype<usize>(copy), this.dataStart, this.size);
    return copy;
  }

  /** For the SDK: writes from an address. */
  writeFrom(at: usize, length: u32): void {
    if (!this.has(length)) return;
    memory.copy(this.dataStart + this.size, at, length);
    this.size += length;
  }

  /** For the SDK: `length` bytes more, to be set by the caller; where they begin, 0 if there is no room. */
  extend(length: u32): usize {
    if (!this.has(length)) return 0;
    const at = this.dataStart + this.size;
    this.size += length;
    return at;
  }

  /** For the SDK: gives all room back, also when the collector frees a writer that nobody cleared. */
  release(): void {
    if (this.capacity > SMALL) givePages(this.dataStart, <i32>(this.capacity / <u32>PAGE_SIZE));
    else if (this.capacity > 0) heap.free(this.dataStart);
    this.dataStart = 0;
    this.capacity = 0;
    this.size = 0;
  }

  private grow(needed: u32): bool {
    const wanted = max(needed, max(64, this.capacity < LARGEST / 2 ? this.capacity * 2 : needed));
    const capacity = wanted <= SMALL ? wanted : pagesFor(wanted) * <u32>PAGE_SIZE;
    const fresh = capacity <= SMALL ? heap.alloc(capacity) : takePages(<i32>pagesFor(capacity));
    if (fresh == 0) return this.fail();
    const size = this.size;
    memory.copy(fresh, this.dataStart, size);
    this.release();
    this.dataStart = fresh;
    this.capacity = capacity;
    this.size = size;
    return true;
  }

  private fail(): bool {
    this.broken = true;
    return false;
  }
}

function pagesFor(size: u32): u32 {
  return <u32>((<u64>size + PAGE_SIZE - 1) / PAGE_SIZE);
}

function freed(address: usize): void {
  changetype<ByteWriter>(address).release();
}
