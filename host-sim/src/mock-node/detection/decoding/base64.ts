// Is this value base64 (or base64url), and what text does it hold? Random bytes are no text.

const SHAPE = /^[A-Za-z0-9+/_-]+={0,2}$/;
const RUN = /[A-Za-z0-9+/_-]*={0,2}/y;

/** Text, or undefined where the value has not the shape or holds something that is not text. */
export function decodeBase64(value: string): string | undefined {
  const packed = value.length > 76 ? value.replaceAll(/[\r\n]/g, "") : value;
  if (packed.length < 8 || !SHAPE.test(packed)) return undefined;
  const body = packed.replace(/={1,2}$/, "");
  if (body.length % 4 === 1) return undefined;
  const bytes = Buffer.from(body, "base64");
  const text = bytes.toString("utf8");
  return isText(text) ? text : undefined;
}

/** What begins here in a data: URL. */
export function decodeData(text: string, from: number): string | undefined {
  RUN.lastIndex = from;
  return decodeBase64(RUN.exec(text)?.[0] ?? "");
}

/** Letters and marks, no control characters but white space, no broken UTF-8. */
function isText(text: string): boolean {
  let odd = 0;
  const sample = Math.min(text.length, 4096);
  for (let i = 0; i < sample; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd || (code < 0x20 && code !== 9 && code !== 10 && code !== 13)) odd += 1;
  }
  return sample > 0 && odd * 20 <= sample;
}
