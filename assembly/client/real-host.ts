// For which host was the request meant? Where proxies write it into a header, the first one there that is not empty; else the
// one that the client asked for. It is one host, never a list: a node looks for exactly this one among those that it serves.
import { ByteWriter, bytesToString, HeaderPairs, StaticName } from "as-proxy-wasm";
import { isBetween, LIST_BYTES } from "./client-address";

const AUTHORITY = StaticName.of(":authority");

/** What is looked at now; its room is used again. */
const value: ByteWriter = new ByteWriter();

/** A piece of a header's value, as bytes: a host need not be UTF-8. */
@final
export class RealHost {
  length: i32;
  /** Index of the header among the pairs; -1: there is none. */
  private index: i32;
  private from: i32 = 0;

  constructor(
    private readonly pairs: HeaderPairs,
    header: StaticName,
  ) {
    const authority = pairs.find(AUTHORITY);
    this.index = authority;
    this.length = pairs.valueLength(authority);
    if (pairs.find(header) != authority) this.look(header);
  }

  writeTo(out: ByteWriter): void {
    this.pairs.writeValueRange(this.index, out, this.from, this.length);
  }

  toString(): string {
    const bytes = new ByteWriter();
    this.writeTo(bytes);
    return bytesToString(bytes.toArrayBuffer());
  }

  /** Headers of one name are one list (RFC 9110 §5.3). */
  private look(header: StaticName): void {
    const pairs = this.pairs;
    let left = LIST_BYTES;
    for (let i = pairs.find(header); i >= 0 && left > 0; i = pairs.find(header, i + 1)) {
      value.clear();
      pairs.writeValueRange(i, value, 0, left);
      left -= value.length + 1;
      if (this.takeFirst(i)) return;
    }
  }

  /** The first element of the header at `index` that is not empty. False: there is none, or no end of it is to be seen. */
  private takeFirst(index: i32): bool {
    const end = value.length;
    let from = 0;
    while (from < end && isBetween(value.byteAt(from))) from++;
    let to = from;
    while (to < end && value.byteAt(to) != 0x2c) to++;
    if (to == end && end < this.pairs.valueLength(index)) return false;
    while (to > from && isBetween(value.byteAt(to - 1))) to--;
    if (to == from) return false;
    this.index = index;
    this.from = from;
    this.length = to - from;
    return true;
  }
}
