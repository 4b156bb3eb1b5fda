// What do the escapes of JavaScript, JSON and C hide? \u0041, \u{41}, \x41, \101; and CSS's \000041.

const ESCAPE =
  /\\(?:u([0-9a-fA-F]{4})|u\{0{0,8}([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([0-3][0-7]{2}))/g;

export function decodeScriptEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    ESCAPE,
    (whole, wide?: string, braced?: string, byte?: string, octal?: string) => {
      const code =
        octal === undefined
          ? Number.parseInt(wide ?? braced ?? byte ?? "", 16)
          : Number.parseInt(octal, 8);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
