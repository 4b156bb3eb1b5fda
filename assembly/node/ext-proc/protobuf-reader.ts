// How is a message of Protocol Buffers read that anybody may have written? Field by field, never past its end, never deeper
// than MAX_DEPTH. After the first thing that can't be, `failed` stays true and there is no next field; so it is with each message
// that it stands in, as what is wrong in a part makes the whole unusable.
import { byteAt, bytesToString } from "as-proxy-wasm";

const MAX_DEPTH: i32 = 16;
/** In the place of a field's number: we know none that is of a fixed length. */
const FIXED: u32 = u32.MAX_VALUE;

export class ProtobufReader {
  failed: bool = false;
  /** Number of the field that `next` came to. */
  field: u32 = 0;
  /** Whether that field is bytes, a string or a message; else it is a number. */
  hasLength: bool = false;
  /** The number, cut to 32 bits as decoders of int32 do. */
  number: u32 = 0;
  private at: u32;
  private start: u32 = 0;
  private depth: i32 = 0;
  /** The message that this one stands in. */
  private outer: ProtobufReader | null = null;

  /** Reads `bytes` from `at` to before `end`. */
  constructor(
    private readonly bytes: ArrayBuffer,
    at: u32 = 0,
    private end: u32 = u32.MAX_VALUE,
  ) {
    this.at = at;
    this.end = min(end, u32(bytes.byteLength));
  }

  /** Goes to the next field; false at the end, or after a failure. Groups are passed over. */
  next(): bool {
    while (!this.failed && this.at < this.end) {
      const key = this.varint();
      if (key > u64(u32.MAX_VALUE) || key >> 3 == 0) return this.fail();
      this.field = u32(key >> 3);
      if (!this.value(u32(key & 7))) return this.fail();
      // A group's begin raises the depth, its end lowers it: what is inside of one is no field of ours.
      if (this.depth == 0 && (key & 7) != 4) return !this.failed;
    }
    return this.depth == 0 ? false : this.fail();
  }

  /** The message in the field that `next` came to. */
  message(): ProtobufReader {
    const inner = new ProtobufReader(this.bytes, this.start, this.start + this.number);
    inner.outer = this;
    if (!this.hasLength) inner.fail();
    return inner;
  }

  /** What is not UTF-8 becomes U+FFFD; at most `limit` bytes are kept. */
  text(limit: u32): string {
    return this.hasLength ? bytesToString(this.bytes, this.start, min(this.number, limit)) : "";
  }

  content(): ArrayBuffer {
    if (!this.hasLength) return new ArrayBuffer(0);
    return this.bytes.slice(this.start, this.start + this.number);
  }

  fail(): bool {
    this.failed = true;
    const outer = this.outer;
    return outer !== null ? outer.fail() : false;
  }

  private value(wireType: u32): bool {
    this.hasLength = wireType == 2;
    if (wireType == 0) this.number = u32(this.varint());
    else if (wireType == 1 || wireType == 5) {
      this.field = FIXED;
      return this.skip(wireType == 1 ? 8 : 4);
    } else if (wireType == 2) {
      const length = this.varint();
      this.start = this.at;
      this.number = u32(length);
      return length <= u64(u32.MAX_VALUE) && this.skip(this.number);
    } else if (wireType == 3) return ++this.depth <= MAX_DEPTH;
    else if (wireType == 4) return --this.depth >= 0;
    else return false;
    return !this.failed;
  }

  private skip(length: u32): bool {
    if (length > this.end - this.at) return false;
    this.at += length;
    return true;
  }

  private varint(): u64 {
    let value: u64 = 0;
    for (let shift: u64 = 0; shift < 70 && this.at < this.end; shift += 7) {
      const byte = u32(byteAt(this.bytes, this.at++));
      value |= u64(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.fail();
    return 0;
  }
}
