// How do texts and bytes turn into one another for users of the SDK?
import { sameBytes } from "./same";
import { sipHash } from "./sip-hash";
import { decodeUtf8, encodeUtf8 } from "./utf8";

/** `length` bytes from `start` on as text; what is not UTF-8 becomes U+FFFD, what lies outside of `bytes` is left out. */
export function bytesToString(
  bytes: ArrayBuffer,
  start: u32 = 0,
  length: u32 = u32.MAX_VALUE,
): string {
  const size = <u32>bytes.byteLength;
  const from = min(start, size);
  return decodeUtf8(changetype<usize>(bytes) + from, min(length, size - from));
}

/** Text as UTF-8; half a surrogate pair becomes U+FFFD. */
export function stringToBytes(text: string): ArrayBuffer {
  return encodeUtf8(text);
}

/** Are two pieces of bytes the same? */
export function bytesEqual(one: ArrayBuffer, other: ArrayBuffer): bool {
  const size = one.byteLength;
  return (
    size == other.byteLength && sameBytes(changetype<usize>(one), changetype<usize>(other), size)
  );
}

/** A keyed hash, SipHash-1-3: who does not know the key can't find other bytes with the same. */
export function hashBytes(bytes: ArrayBuffer, low: u64, high: u64): u64 {
  return sipHash(changetype<usize>(bytes), bytes.byteLength, low, high);
}

/** The bytes of both, one after the other. */
export function concatBytes(one: ArrayBuffer, other: ArrayBuffer): ArrayBuffer {
  const size = one.byteLength;
  const both = new ArrayBuffer(size + other.byteLength);
  memory.copy(changetype<usize>(both), changetype<usize>(one), size);
  memory.copy(changetype<usize>(both) + size, changetype<usize>(other), other.byteLength);
  return both;
}

/** A header's name, encoded once. Make one a name and keep it, for `HeaderPairs.find`. */
@final
export class StaticName {
  private constructor(readonly bytes: ArrayBuffer) {}

  static of(name: string): StaticName {
    return new StaticName(encodeUtf8(name));
  }
}
