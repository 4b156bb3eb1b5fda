// Does this text add a condition that is always true, or one that asks the database for something?

import type { Reading } from "./readings.ts";
import type { Token } from "./tokens.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isConnective,
  isKind,
  isLiteral,
  isWord,
  skipKind,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import { FUNCTIONS } from "./words.ts";

/** `wordy`: in prose and code, only conditions over two literals count, and only equalities. */
export function findCondition(reading: Reading, wordy: boolean): string | undefined {
  return reading.quote === undefined
    ? findBare(reading.tokens, wordy)
    : findAfterQuote(reading, wordy);
}

function findAfterQuote(reading: Reading, wordy: boolean): string | undefined {
  const { tokens, closes } = reading;
  let at = skipKind(tokens, 0, ")");
  if (isKind(tokens[at], ";", "comment")) at += 1;
  const isClause = isWord(tokens[at], "having", "where", "rlike", "regexp");
  if (!isConnective(tokens[at]) && !isClause) return undefined;
  const begin = at;
  at = skipPrefix(tokens, at + 1);
  const end = conditionEnd(tokens, at, closes && !wordy && !(isClause && tokens.length <= at + 1));
  return end === undefined ? undefined : textOf(tokens, begin, end);
}

function findBare(tokens: Tokens, wordy: boolean): string | undefined {
  let isMath = false;
  for (let i = 0; i + 1 < tokens.length; i += 1) {
    if (isKind(tokens[i], "operator") && isComparison(tokens[i])) isMath = true;
    if (!isConnective(tokens[i])) continue;
    const at = skipPrefix(tokens, i + 1);
    const startsAsNumber =
      i <= 3 && isKind(tokens[skipPrefix(tokens, 0)], "number", ")", "string") && !wordy;
    const end =
      literalComparison(tokens, at, wordy || isMath) ??
      (startsAsNumber ? bareCondition(tokens, at) : undefined);
    // Who writes about injections goes on after the example; an injection ends there.
    const isTold =
      wordy && tokens.length > (end ?? 0) + 3 && !isKind(tokens[(end ?? 0) + 1], "comment");
    if (end !== undefined && !isTold) return textOf(tokens, i, end);
  }
  return undefined;
}

/** `loose`: names may stand where literals must otherwise. */
function conditionEnd(tokens: Tokens, at: number, loose: boolean): number | undefined {
  const strong = literalComparison(tokens, at, !loose);
  if (strong !== undefined) return strong;
  if (isLiteral(tokens[at]) && isBrief(tokens[at]) && isCut(tokens, at + 1)) return at;
  if (!loose) return undefined;
  if (isCall(tokens, at) || isWord(tokens[at], "select", "exists", "case")) return at + 1;
  if (isKind(tokens[at], "word") && isComparison(tokens[nameEnd(tokens, at) + 1]))
    return nameEnd(tokens, at) + 2;
  if (
    isLiteral(tokens[at]) &&
    isShort(tokens[at]) &&
    (tokens[at + 1] === undefined || isConnective(tokens[at + 1]) || isArithmetic(tokens[at + 1]))
  )
    return at;
  return undefined;
}

/** `' or 'x`: not the next phrase of a search. */
function isShort(token: Token | undefined): boolean {
  return token?.kind !== "string" || (token.text.length <= 2 && !(token.open && token.text === ""));
}

/** A string of the query, not the rest of a sentence up to the next apostrophe. */
function isBrief(token: Token | undefined): boolean {
  return token?.kind !== "string" || (!token.open && token.text.length <= 16);
}

function bareCondition(tokens: Tokens, at: number): number | undefined {
  const next = tokens[at + 1];
  if (isCall(tokens, at, FUNCTIONS)) return at + 1;
  if (
    isLiteral(tokens[at]) &&
    (isCut(tokens, at + 1) || isWord(tokens[at], "true", "false", "null"))
  )
    return at;
  if (isWord(tokens[at], "select", "exists"))
    return isKind(next, "(", "number", "word", "string", "operator") ? at + 1 : undefined;
  const name = nameEnd(tokens, at);
  if (!isKind(tokens[at], "word") || !isComparison(tokens[name + 1])) return undefined;
  return isLiteral(tokens[name + 2]) || isKind(tokens[name + 2], "(") ? name + 2 : undefined;
}

/** `users.name` is one name. */
function nameEnd(tokens: Tokens, at: number): number {
  return isKind(tokens[at + 1], ".") && isKind(tokens[at + 2], "word") ? at + 2 : at;
}

/** `1=1`, `'a'='a`, `2>1`, `1 in (1)`, `3 between 1 and 5`, `1 is not null`, `1+1=2`, `'x' like 'x'`. */
function literalComparison(tokens: Tokens, from: number, equalOnly: boolean): number | undefined {
  let at = from;
  if (!isLiteral(tokens[at])) return selfComparison(tokens, at);
  while (
    at < from + 8 &&
    isArithmetic(tokens[at + 1]) &&
    isLiteral(tokens[skipPrefix(tokens, at + 2)])
  ) {
    at = skipPrefix(tokens, at + 2);
  }
  at = skipKind(tokens, at + 1, ")");
  if (!isComparison(tokens[at])) return undefined;
  const isOrder = isKind(tokens[at], "operator") && /[<>]/.test(tokens[at]?.text ?? "");
  if (isOrder && equalOnly) return undefined;
  const right = skipPrefix(tokens, at + 1);
  if (isWord(tokens[at], "in", "between", "is", "not", "like", "rlike", "regexp")) return right;
  if (isLiteral(tokens[right]) || isCall(tokens, right) || isWord(tokens[right], "select"))
    return right;
  return undefined;
}

/** `or a=a`, `and id=id`. */
function selfComparison(tokens: Tokens, at: number): number | undefined {
  const [left, middle, right] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  const isSame = left?.kind === "word" && right?.kind === "word" && left.text === right.text;
  return isSame && isKind(middle, "operator") && isComparison(middle) ? at + 2 : undefined;
}

/** What follows is cut off by a comment, a semicolon or a NUL. */
function isCut(tokens: Tokens, from: number): boolean {
  const at = skipKind(tokens, from, ")");
  return isKind(tokens[at], "comment", ";");
}
