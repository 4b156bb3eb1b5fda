// How is ASCII text compared without regard to case? The standard library's own toLowerCase knows all of Unicode and brings
// tables of 12 KB; names in HTTP are ASCII.
import { ByteWriter } from "as-proxy-wasm";

/** `text` with A-Z in lower case and all else as it is. */
export function lowerCase(text: string): string {
  return mapCharacters(text, (code: i32): i32 => (isUpper(code) ? code | 0x20 : code));
}

/**
 * `text` with each UTF-16 unit replaced by what `change` makes of it. In one piece of memory: put together character by
 * character, a header of 50 KB would leave gigabytes of garbage, and garbage is collected between callbacks only.
 */
export function mapCharacters(text: string, change: (code: i32) => i32): string {
  let i = 0;
  while (i < text.length && change(text.charCodeAt(i)) == text.charCodeAt(i)) i++;
  if (i == text.length) return text;
  const units = new ByteWriter();
  // Little-endian, as strings are.
  for (i = 0; i < text.length; i++) units.writeU16BE(bswap<u16>(u16(change(text.charCodeAt(i)))));
  return String.UTF16.decode(units.toArrayBuffer());
}

export function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: i32): bool {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

/** The value of a decimal number of at most 9 digits; -1 if `text` is anything else. */
export function decimal(text: string): i32 {
  if (text.length == 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 0x30;
  }
  return value;
}

function isUpper(code: i32): bool {
  return code >= 0x41 && code <= 0x5a;
}
