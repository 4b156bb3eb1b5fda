// What text do bytes stand for, if they need not be UTF-8, and what bytes does text become? Each byte that is not part of a
// well-formed sequence becomes U+FFFD, and so does half a surrogate pair. AssemblyScript's own decoder takes overlong and
// broken sequences for other characters ("/" for C0 AF). Most text of HTTP is ASCII: that goes a word at a time.

const REPLACEMENT: u32 = 0xfffd;
/** Set where one of eight bytes, or of four UTF-16 units, is not ASCII. */
const NOT_ASCII_BYTES: u64 = 0x8080808080808080;
const NOT_ASCII_UNITS: u64 = 0xff80ff80ff80ff80;

/** Decodes `size` bytes at `at`. */
export function decodeUtf8(at: usize, size: u32): string {
  if (!isAscii(at, size)) return decodeAny(at, size);
  const text = __new((<usize>size) << 1, idof<string>());
  for (let i: usize = 0; i < size; i++) store<u16>(text + (i << 1), load<u8>(at + i));
  return changetype<string>(text);
}

function isAscii(at: usize, size: u32): bool {
  const end = at + size;
  for (; at + 8 <= end; at += 8) if ((load<u64>(at) & NOT_ASCII_BYTES) != 0) return false;
  for (; at < end; at++) if (load<u8>(at) >= 0x80) return false;
  return true;
}

function decodeAny(at: usize, size: u32): string {
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

/** Bytes that `text` takes as UTF-8. */
export function utf8Length(text: string): u32 {
  return textIsAscii(text) ? <u32>text.length : <u32>encodeAny(text, 0);
}

/** Writes `text` as UTF-8 to `at`, where `utf8Length` bytes must be. */
export function encodeUtf8To(text: string, at: usize): void {
  const from = changetype<usize>(text);
  if (textIsAscii(text)) narrow(from, text.length, at);
  else encodeAny(text, at);
}

/** Writes the low bytes of `units` UTF-16 units, four at a time. */
export function narrow(from: usize, units: u32, to: usize): void {
  const end = to + units;
  for (; to + 4 <= end; to += 4, from += 8) {
    const pairs = load<u64>(from) & 0x00ff00ff00ff00ff;
    const halves = (pairs | (pairs >> 8)) & 0x0000ffff0000ffff;
    store<u32>(to, <u32>(halves | (halves >> 16)));
  }
  for (; to < end; to++, from += 2) store<u8>(to, load<u16>(from));
}

export function encodeUtf8(text: string): ArrayBuffer {
  const bytes = new ArrayBuffer(<i32>utf8Length(text));
  encodeUtf8To(text, changetype<usize>(bytes));
  return bytes;
}

/** How many bytes `text` becomes; they are written to `to`, if that is not 0. */
function encodeAny(text: string, to: usize): usize {
  let size: usize = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = <u32>text.charCodeAt(i);
    let point = unit;
    if ((unit & 0xf800) == 0xd800) {
      const next = <u32>text.charCodeAt(i + 1);
      const isPair = unit < 0xdc00 && i + 1 < text.length && (next & 0xfc00) == 0xdc00;
      point = isPair ? 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff) : REPLACEMENT;
      if (isPair) i++;
    }
    const width: u32 = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (to != 0) storePoint(to + size, point, width);
    size += width;
  }
  return size;
}

/** As a sequence of `width` bytes: the lead says how many follow, each of those has six bits. */
function storePoint(at: usize, point: u32, width: u32): void {
  for (let i = width - 1; i > 0; i--) {
    store<u8>(at + i, 0x80 | (point & 0x3f));
    point >>= 6;
  }
  store<u8>(at, width == 1 ? point : (0xf00 >> width) | point);
}

function textIsAscii(text: string): bool {
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  for (; at + 8 <= end; at += 8) if ((load<u64>(at) & NOT_ASCII_UNITS) != 0) return false;
  for (; at < end; at += 2) if (load<u16>(at) >= 0x80) return false;
  return true;
}
