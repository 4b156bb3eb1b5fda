/** Which bytes show where they come from? A body in which a lost, doubled or displaced piece changes the hash. */

export function pattern(size: number): Buffer {
  const body = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) body[i] = (i ^ (i >>> 8) ^ (i >>> 16)) & 0xff;
  return body;
}
