// What text do these bytes spell, also when they spell it in the overlong way that attackers use?
// Well-formed UTF-8 becomes characters, overlong forms (%c0%ae is a dot) become the character that a careless decoder
// would see, and all else stays one character a byte.

const LEADS = [
  { mask: 0xe0, mark: 0xc0, extra: 1 },
  { mask: 0xf0, mark: 0xe0, extra: 2 },
  { mask: 0xf8, mark: 0xf0, extra: 3 },
  { mask: 0xfc, mark: 0xf8, extra: 4 },
  { mask: 0xfe, mark: 0xfc, extra: 5 },
] as const;

const NON_ASCII = /[^\u0000-\u007f]/;

/** `bytes`: a string with one character a byte. */
export function decodeUtf8(bytes: string): string {
  if (!NON_ASCII.test(bytes)) return bytes;
  let text = "";
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const sequence = bytes.charCodeAt(at) < 0xc0 ? undefined : readSequence(bytes, at);
    if (sequence === undefined) {
      at += 1;
      continue;
    }
    text += bytes.slice(from, at) + String.fromCodePoint(sequence.codePoint);
    at += sequence.length;
    from = at;
  }
  return text + bytes.slice(from);
}

function readSequence(
  bytes: string,
  at: number,
): { codePoint: number; length: number } | undefined {
  const first = bytes.charCodeAt(at);
  const lead = LEADS.find(({ mask, mark }) => (first & mask) === mark);
  if (lead === undefined || first > 0xff) return undefined;
  let codePoint = first & ~lead.mask & 0xff;
  for (let i = 1; i <= lead.extra; i += 1) {
    const next = bytes.charCodeAt(at + i);
    if ((next & 0xc0) !== 0x80 || next > 0xff || Number.isNaN(next)) return undefined;
    codePoint = codePoint * 64 + (next & 0x3f);
  }
  return codePoint > 0x10ffff ? undefined : { codePoint, length: lead.extra + 1 };
}
