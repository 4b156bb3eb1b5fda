// What does UTF-7 hide? `+ADw-` is `<`: old browsers and some parsers read it.

const SHIFTED = /\+([A-Za-z0-9+/]{3,1024})-?/g;
const LIKELY = /\+A[A-Za-z0-9]{2}-/;

export function decodeUtf7(text: string): string {
  if (!LIKELY.test(text)) return text;
  return text.replace(SHIFTED, (whole, base64: string) => {
    const bytes = Buffer.from(base64, "base64");
    let decoded = "";
    for (let i = 0; i + 1 < bytes.length; i += 2)
      decoded += String.fromCharCode(bytes.readUInt16BE(i));
    return decoded === "" ? whole : decoded;
  });
}
