// Of which SQL tokens is this text made, if it lands inside a query? A tolerant lexer over the dialects that matter: white
// space and inline comments vanish, MySQL's conditional comments are opened, strings swallow their content.

export type TokenKind =
  "number" | "string" | "word" | "variable" | "operator" | "comment" | "(" | ")" | "," | ";" | ".";

export interface Token {
  readonly kind: TokenKind;
  /** Lower case; of a string its content. */
  readonly text: string;
  readonly begin: number;
  readonly end: number;
  /** A string without its closing quote, a comment that runs to the end of the text. */
  readonly open: boolean;
}

const SPACE = /[\s\u00a0\u0000-\u0020]*/y;
const WORD = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]{0,127}/y;
const NUMBER =
  /0x[0-9a-f]{1,4096}|0b[01]{1,64}(?![0-9])|(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:e[+-]?[0-9]{1,4}|(?<=\.)e(?!\w))?/y;
const VARIABLE = /@{1,2}[\w.$`]{0,64}|:\w{1,32}/y;
const OPERATOR = /\|\||&&|<=>|!=|<>|<=|>=|:=|==|!<|!>|[=<>!+\-*/%^~&|?:]/y;
const LINE_END = /[\r\n]/g;
const SINGLE = new Set(["(", ")", ",", ";", "."]);

/** `lower`: text in lower case. `most`: tokens at most. */
export function tokenize(lower: string, from: number, most: number): Token[] {
  const tokens: Token[] = [];
  let at = from;
  while (tokens.length < most) {
    at = skip(SPACE, lower, at);
    if (at >= lower.length) break;
    const token = readToken(lower, at);
    at = token === undefined ? at + 1 : Math.max(token.end, at + 1);
    if (token === undefined || token.begin < 0) continue;
    tokens.push(token);
  }
  return tokens;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function readToken(text: string, at: number): Token | undefined {
  const character = text[at] ?? "";
  if (SINGLE.has(character) && !(character === "." && isDigit(text[at + 1]))) {
    return make(character as TokenKind, text, at, at + 1);
  }
  if (character === "'" || character === '"') return readString(text, at, character);
  if (character === "`" || character === "[") return readQuotedName(text, at);
  if (character === "#") return readLineComment(text, at);
  if (character === "-" && text[at + 1] === "-") return readLineComment(text, at);
  if (character === "/" && text[at + 1] === "*") return readBlockComment(text, at);
  // The end of a conditional comment whose begin was opened.
  if (character === "*" && text[at + 1] === "/") return vanished(at + 2);
  return (
    readBy(NUMBER, "number", text, at) ??
    readBy(WORD, "word", text, at) ??
    readBy(VARIABLE, "variable", text, at) ??
    readBy(OPERATOR, "operator", text, at)
  );
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}

function make(kind: TokenKind, text: string, begin: number, end: number, open = false): Token {
  return { kind, text: text.slice(begin, end), begin, end, open };
}

function vanished(end: number): Token {
  return { kind: "comment", text: "", begin: -1, end, open: false };
}

function readBy(pattern: RegExp, kind: TokenKind, text: string, at: number): Token | undefined {
  const end = skip(pattern, text, at);
  return end > at ? make(kind, text, at, end) : undefined;
}

function readString(text: string, at: number, quote: string): Token {
  let end = at + 1;
  while (end < text.length) {
    if (text[end] === "\\") end += 2;
    else if (text[end] !== quote) end += 1;
    else if (text[end + 1] === quote) end += 2;
    else
      return {
        kind: "string",
        text: text.slice(at + 1, end),
        begin: at,
        end: end + 1,
        open: false,
      };
  }
  return { kind: "string", text: text.slice(at + 1), begin: at, end: text.length, open: true };
}

/** `name` in MySQL, [name] in SQL Server. */
function readQuotedName(text: string, at: number): Token | undefined {
  const close = text[at] === "[" ? "]" : "`";
  const end = text.slice(at + 1, at + 130).indexOf(close);
  if (end < 0) return undefined;
  return {
    kind: "word",
    text: text.slice(at + 1, at + 1 + end),
    begin: at,
    end: at + end + 2,
    open: false,
  };
}

function readLineComment(text: string, at: number): Token {
  LINE_END.lastIndex = at;
  const end = LINE_END.exec(text)?.index ?? text.length;
  return make("comment", text, at, end, end === text.length);
}

function readBlockComment(text: string, at: number): Token {
  // MySQL runs what stands in /*! … */, with or without a version number.
  if (text[at + 2] === "!") return vanished(skip(/[0-9]{0,6}/y, text, at + 3));
  const close = text.indexOf("*/", at + 2);
  return close < 0 ? make("comment", text, at, text.length, true) : vanished(close + 2);
}
