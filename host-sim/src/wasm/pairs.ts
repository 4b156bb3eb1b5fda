/**
 * How are lists of name and value serialized between host and guest?
 *
 *   u32 count | count × (u32 size of name, u32 size of value) | count × (name NUL value NUL)
 *
 * Decoding is as strict as Envoy's: one wrong byte, more than 1 MiB or more than 1024 pairs, and the list is empty.
 */
import { bytesToLatin1 } from "./byte-string.ts";

export type Pair = [name: string, value: string];

const maxBytes = 1024 * 1024;
const maxCount = 1024;

export function pairsSize(pairs: readonly (readonly [string, string])[]): number {
  let size = 4;
  for (const [name, value] of pairs) size += 8 + name.length + 1 + value.length + 1;
  return size;
}

/** Writes into `target`, which has just `pairsSize(pairs)` bytes. Strings have one char a byte. */
export function writePairs(
  pairs: readonly (readonly [string, string])[],
  target: Uint8Array,
): void {
  const out = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  let at = out.writeUInt32LE(pairs.length, 0);
  for (const [name, value] of pairs) {
    at = out.writeUInt32LE(name.length, at);
    at = out.writeUInt32LE(value.length, at);
  }
  for (const [name, value] of pairs) {
    at += out.write(name, at, "latin1");
    out[at++] = 0;
    at += out.write(value, at, "latin1");
    out[at++] = 0;
  }
}

export function encodePairs(pairs: readonly (readonly [string, string])[]): Uint8Array {
  const bytes = new Uint8Array(pairsSize(pairs));
  writePairs(pairs, bytes);
  return bytes;
}

export function decodePairs(bytes: Uint8Array): Pair[] {
  if (bytes.length < 4 || bytes.length > maxBytes) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count > maxCount || 4 + count * 8 > bytes.length) return [];
  const pairs: Pair[] = [];
  let at = 4 + count * 8;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + view.getUint32(4 + i * 8, true);
    const valueEnd = nameEnd + 1 + view.getUint32(8 + i * 8, true);
    if (valueEnd + 1 > bytes.length) return [];
    if (bytes[nameEnd] !== 0 || bytes[valueEnd] !== 0) return [];
    pairs.push([
      bytesToLatin1(bytes.subarray(at, nameEnd)),
      bytesToLatin1(bytes.subarray(nameEnd + 1, valueEnd)),
    ]);
    at = valueEnd + 1;
  }
  return at === bytes.length ? pairs : [];
}
