// Which shapes do tokens take that only SQL has? Small predicates over a token list, used by the injection rules.

import type { Token } from "./tokens.ts";
import {
  AFTER_TABLE,
  ARITHMETIC,
  CATALOGS,
  COMPARISONS,
  CONNECTIVES,
  DANGEROUS_CALLS,
  DETERMINERS,
  FUNCTIONS,
  LITERAL_WORDS,
} from "./words.ts";

export type Tokens = readonly Token[];

export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === "word" && words.includes(token.text);
}

export function isIn(token: Token | undefined, words: ReadonlySet<string>): boolean {
  return token?.kind === "word" && words.has(token.text);
}

export function isKind(token: Token | undefined, ...kinds: string[]): boolean {
  return token !== undefined && kinds.includes(token.kind);
}

export function isConnective(token: Token | undefined): boolean {
  return (token?.kind === "word" || token?.kind === "operator") && CONNECTIVES.has(token.text);
}

export function isComparison(token: Token | undefined): boolean {
  return (token?.kind === "word" || token?.kind === "operator") && COMPARISONS.has(token.text);
}

export function isArithmetic(token: Token | undefined): boolean {
  return (token?.kind === "word" || token?.kind === "operator") && ARITHMETIC.has(token.text);
}

export function isLiteral(token: Token | undefined): boolean {
  return (
    isKind(token, "number", "string", "variable") ||
    (token?.kind === "word" && LITERAL_WORDS.has(token.text))
  );
}

export function isCall(
  tokens: Tokens,
  at: number,
  names: ReadonlySet<string> = FUNCTIONS,
): boolean {
  const token = tokens[at];
  return token?.kind === "word" && names.has(token.text) && tokens[at + 1]?.kind === "(";
}

/** Past opening parentheses and signs before an operand. */
export function skipPrefix(tokens: Tokens, from: number): number {
  let at = from;
  const isPrefix = (token: Token | undefined): boolean =>
    token?.kind === "(" ||
    (token?.kind === "operator" && ["-", "+", "~", "!"].includes(token.text)) ||
    isWord(token, "not", "binary", "distinct", "all");
  while (at < from + 12 && isPrefix(tokens[at])) at += 1;
  return at;
}

export function skipKind(tokens: Tokens, from: number, kind: string): number {
  let at = from;
  while (at < from + 12 && tokens[at]?.kind === kind) at += 1;
  return at;
}

/** What stands after `select` is a list of columns, not a word of prose. */
export function isSelectList(tokens: Tokens, select: number): boolean {
  const at = skipPrefix(tokens, select + 1);
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined) return false;
  if (isKind(token, "number", "string", "variable")) return true;
  if (token.kind === "operator")
    return token.text === "*" && (isWord(next, "from", "into") || isKind(next, ",", "comment"));
  if (token.kind !== "word") return false;
  if (
    ["null", "top", "char", "case", "sql_calc_found_rows"].includes(token.text) &&
    isKind(next, ",", "number", "(", ")", "comment", "word", undefined as never)
  )
    return true;
  if (CATALOGS.has(token.text) || DANGEROUS_CALLS.has(token.text)) return true;
  if (isKind(next, "(", ",", ".")) return next?.kind !== "," || listGoesOn(tokens, at);
  return isArithmetic(next) || isWord(next, "from") ? sourceFollows(tokens, at + 1) : false;
}

/** `a, b, c from t`: prose that begins "select red, green" has no source. */
function listGoesOn(tokens: Tokens, from: number): boolean {
  for (let at = from; at < from + 60 && at < tokens.length; at += 1) {
    if (isWord(tokens[at], "from")) return true;
    if (isKind(tokens[at], "comment", ";", "number", "variable", "(") || isWord(tokens[at], "null"))
      return true;
    if (
      isKind(tokens[at], "word") &&
      isKind(tokens[at + 1], "word") &&
      !isWord(tokens[at + 1], "as", "from")
    )
      return false;
  }
  return true;
}

/** `from users where`, `from users--`, `from users` at the end: not "from the list of". */
export function sourceFollows(tokens: Tokens, from: number): boolean {
  const table = tokens[from + 1];
  const after = tokens[from + 2];
  if (!isWord(tokens[from], "from")) return isArithmetic(tokens[from]);
  if (table?.kind === "(") return true;
  if (table?.kind !== "word" || DETERMINERS.has(table.text)) return false;
  return after?.kind !== "word" || AFTER_TABLE.has(after.text);
}

export function textOf(tokens: Tokens, from: number, to: number): string {
  return tokens
    .slice(from, to + 1)
    .map((token) =>
      token.kind === "string" ? `'${token.text.slice(0, 40)}'` : token.text.slice(0, 60),
    )
    .join(" ");
}
