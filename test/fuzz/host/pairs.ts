/** How do headers cross the border of the module? As the ABI's serialized pairs; here texts are bytes as Latin-1. */
export type Pair = readonly [name: string, value: string];

export function serializePairs(pairs: readonly Pair[]): Uint8Array {
  let size = 4 + 8 * pairs.length;
  for (const [name, value] of pairs) size += name.length + value.length + 2;
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(pairs.length, 0);
  let cell = 4;
  let at = 4 + 8 * pairs.length;
  for (const [name, value] of pairs) {
    bytes.writeUInt32LE(name.length, cell);
    bytes.writeUInt32LE(value.length, cell + 4);
    cell += 8;
    bytes.write(name, at, "latin1");
    bytes.write(value, at + name.length + 1, "latin1");
    at += name.length + value.length + 2;
  }
  return bytes;
}

/** Throws on what is malformed: the policy never writes such. */
export function parsePairs(bytes: Uint8Array): Pair[] {
  if (bytes.length === 0) return [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = buffer.readUInt32LE(0);
  const pairs: Pair[] = [];
  let at = 4 + 8 * count;
  const take = (length: number): string => {
    if (at + length >= bytes.length || bytes[at + length] !== 0) throw new Error("malformed pairs");
    at += length + 1;
    return buffer.toString("latin1", at - length - 1, at - 1);
  };
  for (let i = 0; i < count; i++) {
    const name = take(buffer.readUInt32LE(4 + 8 * i));
    pairs.push([name, take(buffer.readUInt32LE(8 + 8 * i))]);
  }
  if (at !== bytes.length) throw new Error("bytes behind the last pair");
  return pairs;
}
