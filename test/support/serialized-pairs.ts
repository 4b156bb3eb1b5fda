/** How does a host hand headers to a filter? As the ABI serializes them. */
import type { Headers } from "./http1-reader.ts";

/** A list of headers as the ABI writes it: their number, all lengths, all names and values with a zero behind each. */
export function serializedPairs(headers: Headers): Uint8Array {
  const lengths = Buffer.alloc(4 + headers.length * 8);
  lengths.writeUInt32LE(headers.length);
  headers.forEach(([name, value], i) => {
    lengths.writeUInt32LE(name.length, 4 + i * 8);
    lengths.writeUInt32LE(value.length, 8 + i * 8);
  });
  const texts = headers.map(([name, value]) => `${name}\0${value}\0`);
  return Buffer.concat([lengths, Buffer.from(texts.join(""), "latin1")]);
}
