// How do texts and bytes turn into one another for users of the SDK?
import { decodeUtf8, encodeUtf8 } from "./utf8";

/** Bytes as text; what is not UTF-8 becomes U+FFFD. Never fails. */
export function bytesToString(bytes: ArrayBuffer): string {
  return decodeUtf8(changetype<usize>(bytes), bytes.byteLength);
}

/** Text as UTF-8; half a surrogate pair becomes U+FFFD. */
export function stringToBytes(text: string): ArrayBuffer {
  return encodeUtf8(text);
}

/** Are two pieces of bytes the same? */
export function bytesEqual(one: ArrayBuffer, other: ArrayBuffer): bool {
  const size = one.byteLength;
  return (
    size == other.byteLength &&
    memory.compare(changetype<usize>(one), changetype<usize>(other), size) == 0
  );
}

/** A header's name, encoded once. Make one a name and keep it, for `HeaderPairs.find`. */
@final
export class StaticName {
  private constructor(readonly bytes: ArrayBuffer) {}

  static of(name: string): StaticName {
    return new StaticName(encodeUtf8(name));
  }
}
