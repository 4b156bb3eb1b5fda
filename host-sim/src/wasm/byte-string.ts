/** How do bytes become strings that keep each byte? One char a byte (U+0000–U+00FF), as HTTP fields and keys need it. */

export function bytesToLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function latin1ToBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export function bytesToUtf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

export function utf8ToBytes(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
