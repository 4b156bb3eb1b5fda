// What text do bytes stand for, if they need not be UTF-8? Each byte that is not part of a well-formed sequence becomes
// U+FFFD. AssemblyScript's own decoder takes overlong and broken sequences for other characters ("/" for C0 AF).

const REPLACEMENT: u32 = 0xfffd;

/** Decodes `size` bytes at `at`. */
export function decodeUtf8(at: usize, size: u32): string {
  // No character takes more units of UTF-16 than bytes of UTF-8.
  const units = new ArrayBuffer((<i32>size) << 1);
  let to = changetype<usize>(units);
  let from = at;
  const end = at + size;
  while (from < end) {
    const width = sequenceAt(from, end);
    const point = width == 0 ? REPLACEMENT : pointAt(from, width);
    from += max(width, 1);
    if (point < 0x10000) {
      store<u16>(to, <u16>point);
      to += 2;
    } else {
      store<u16>(to, <u16>(0xd7c0 + (point >> 10)));
      store<u16>(to + 2, <u16>(0xdc00 | (point & 0x3ff)));
      to += 4;
    }
  }
  const start = changetype<usize>(units);
  return String.UTF16.decodeUnsafe(start, to - start);
}

/** Number of bytes of the well-formed sequence that begins here; 0 if none does (Unicode, table 3-7). */
function sequenceAt(at: usize, end: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0x80) return 1;
  const width: u32 = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (width == 0 || at + width > end) return 0;
  const second = <u32>load<u8>(at + 1);
  const low: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const high: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i: u32 = 2; i < width; i++) {
    if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  }
  return width;
}

function pointAt(at: usize, width: u32): u32 {
  let point = <u32>load<u8>(at);
  if (width == 1) return point;
  point &= 0x7f >> width;
  for (let i: u32 = 1; i < width; i++) point = (point << 6) | (load<u8>(at + i) & 0x3f);
  return point;
}

/** Text as UTF-8; half a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}
