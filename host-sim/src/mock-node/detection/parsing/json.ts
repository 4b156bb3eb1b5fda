// Which keys and values does this JSON hold? A scanner of its own, as an attack may stand in JSON that is cut, malformed or
// repeats a key, and JSON.parse sees none of these. Linear; nesting costs no stack.

export interface JsonItem {
  readonly role: "key" | "value";
  /** Keys on the way here, joined by dots; "" at the top. */
  readonly path: string;
  readonly text: string;
  /** Of a key: the first characters of its value, raw. */
  readonly ahead?: string;
}

const DEEPEST_PATH = 16;
const BARE_END = new Set(['"', "{", "}", "[", "]", ","]);
const PLAIN_BARE = /^(?:true|false|null|NaN|-?[0-9][0-9eE.+-]{0,40})$/;

interface Scanner {
  readonly text: string;
  at: number;
  depth: number;
  readonly keys: string[];
}

export function* jsonItems(text: string): Generator<JsonItem> {
  const scanner: Scanner = { text, at: 0, depth: 0, keys: [] };
  while (scanner.at < text.length) {
    const character = text[scanner.at] ?? "";
    if (character === '"') yield readQuoted(scanner);
    else if (character === "{" || character === "[") open(scanner);
    else if (character === "}" || character === "]") close(scanner);
    else if (character === "," || character <= " ") scanner.at += 1;
    else {
      const bare = readBare(scanner);
      if (bare !== undefined) yield bare;
    }
  }
}

function open(scanner: Scanner): void {
  scanner.at += 1;
  scanner.depth += 1;
}

function close(scanner: Scanner): void {
  scanner.at += 1;
  scanner.depth = Math.max(0, scanner.depth - 1);
  if (scanner.keys.length > scanner.depth) scanner.keys.length = scanner.depth;
}

function pathOf(scanner: Scanner): string {
  return scanner.keys.filter((key) => key !== undefined).join(".");
}

function readQuoted(scanner: Scanner): JsonItem {
  const { text } = scanner;
  const begin = scanner.at + 1;
  let end = begin;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  const value = unescape(text.slice(begin, end));
  scanner.at = Math.min(end, text.length) + 1;
  const after = nextMark(scanner);
  if (after !== ":") return { role: "value", path: pathOf(scanner), text: value };
  const path = pathOf(scanner);
  if (scanner.depth > 0 && scanner.depth <= DEEPEST_PATH) {
    scanner.keys.length = Math.min(scanner.keys.length, scanner.depth - 1);
    scanner.keys[scanner.depth - 1] = value.slice(0, 64);
  }
  scanner.at += 1;
  return { role: "key", path, text: value, ahead: text.slice(scanner.at, scanner.at + 12).trim() };
}

function nextMark(scanner: Scanner): string {
  while (scanner.at < scanner.text.length && (scanner.text[scanner.at] ?? "") <= " ")
    scanner.at += 1;
  return scanner.text[scanner.at] ?? "";
}

/** Numbers and literals are harmless; anything else that stands without quotes is somebody's value. */
function readBare(scanner: Scanner): JsonItem | undefined {
  const { text } = scanner;
  const begin = scanner.at;
  while (scanner.at < text.length && !BARE_END.has(text[scanner.at] ?? "")) scanner.at += 1;
  const bare = text.slice(begin, scanner.at).trim();
  if (bare === "" || bare === ":" || PLAIN_BARE.test(bare)) return undefined;
  return { role: "value", path: pathOf(scanner), text: bare };
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  '"': '"',
  "\\": "\\",
  "/": "/",
};
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([ntrbf"\\/]))/g;

function unescape(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(ESCAPE, (whole, hex?: string, short?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return SHORT_ESCAPES[short ?? ""] ?? whole;
  });
}
