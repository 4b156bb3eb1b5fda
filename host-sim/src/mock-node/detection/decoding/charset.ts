// In which character encoding is this body, and what text is it? UTF-16 and UTF-32 hide attacks from whoever reads bytes.

import { decodeUtf8 } from "./utf8.ts";

export interface DecodedBody {
  readonly text: string;
  readonly decoding?: string;
}

export function decodeCharset(bytes: Uint8Array, charset: string | undefined): DecodedBody {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = charset?.toLowerCase() ?? "";
  const order = byteOrder(buffer, name);
  if (order === "le") return { text: buffer.toString("utf16le"), decoding: "UTF-16" };
  if (order === "be") return { text: swapped(buffer).toString("utf16le"), decoding: "UTF-16" };
  return { text: decodeUtf8(buffer.toString("latin1")) };
}

function byteOrder(buffer: Buffer, charset: string): "le" | "be" | undefined {
  if (buffer.length < 2) return undefined;
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return "le";
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return "be";
  if (charset === "utf-16le" || charset === "utf-16" || charset === "ucs-2")
    return guess(buffer) ?? "le";
  if (charset === "utf-16be") return "be";
  return guess(buffer);
}

/** Western text in UTF-16 has a NUL at every second place. */
function guess(buffer: Buffer): "le" | "be" | undefined {
  const sample = Math.min(buffer.length & ~1, 512);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < sample; i += 2) {
    if (buffer[i] === 0) even += 1;
    if (buffer[i + 1] === 0) odd += 1;
  }
  const most = (sample / 2) * 0.9;
  if (sample >= 8 && odd >= most && even === 0) return "le";
  if (sample >= 8 && even >= most && odd === 0) return "be";
  return undefined;
}

function swapped(buffer: Buffer): Buffer {
  const copy = Buffer.from(buffer.subarray(0, buffer.length & ~1));
  return copy.swap16();
}
