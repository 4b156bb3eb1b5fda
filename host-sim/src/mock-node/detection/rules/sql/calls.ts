// Does this text call a function of the database that waits, leaks by its error, reads files or reaches out?

import type { Reading } from "./readings.ts";
import type { Token } from "./tokens.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isConnective,
  isIn,
  isKind,
  isWord,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import {
  BEFORE_VALUE,
  CHARACTER_CALLS,
  CHOOSING_CALLS,
  DANGEROUS_CALLS,
  FUNCTIONS,
  JOINING_CALLS,
  NESTED_CALLS,
} from "./words.ts";

const PACKAGES = new Set([
  "utl_inaddr",
  "utl_http",
  "utl_smtp",
  "dbms_ldap",
  "dbms_pipe",
  "dbms_lock",
  "dbms_xmlgen",
  "dbms_java",
  "dbms_scheduler",
  "dbms_utility",
  "dbms_session",
  "dbms_xslprocessor",
  "dbms_xmlquery",
  "ctxsys",
  "ordsys",
  "utl_file",
  "httpuritype",
]);

export function findDangerousCall({ tokens }: Reading, wordy: boolean): string | undefined {
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token?.kind !== "word") continue;
    if (PACKAGES.has(token.text) && isKind(tokens[i + 1], ".", "("))
      return textOf(tokens, i, i + 3);
    if (/^(?:xp_|sp_oa)/.test(token.text) && DANGEROUS_CALLS.has(token.text))
      return textOf(tokens, i, i + 1);
    if (!wordy && isCall(tokens, i, DANGEROUS_CALLS) && tokens[i + 2] !== undefined)
      return textOf(tokens, i, i + 3);
  }
  return undefined;
}

/** `sleep(5)` and the like are calls in many languages, so what stands before must be SQL's. */
export function findOperandCall({ tokens, quote, closes }: Reading): string | undefined {
  for (let i = 0; i + 2 < tokens.length; i += 1) {
    if (!isCall(tokens, i)) continue;
    const before = tokens[i - 1];
    const isQuery = isIn(before, BEFORE_VALUE) || isConnective(before);
    const isWholeQuery = i === 1 && quote === undefined && isWord(before, "select");
    if (isQuery && !isWholeQuery && isSqlCall(tokens, i))
      return textOf(tokens, Math.max(0, i - 1), i + 3);
    const isDelay = isWord(tokens[i], "sleep") && isDuration(tokens[skipPrefix(tokens, i + 2)]);
    if (isDelay && opensOperand(before)) return textOf(tokens, Math.max(0, i - 1), i + 3);
    if (quote !== undefined && closes && i <= 1 && isDelay) return textOf(tokens, 0, i + 3);
    if (spellsText(tokens, i)) return textOf(tokens, i, i + 6);
  }
  return undefined;
}

function opensOperand(before: Token | undefined): boolean {
  return (
    before === undefined ||
    isArithmetic(before) ||
    isComparison(before) ||
    isKind(before, "(", ",", ";")
  );
}

/** Scanners leave a placeholder such as __TIME__. "sleep (movie)" is no call. */
function isDuration(token: Token | undefined): boolean {
  return (
    isKind(token, "number") ||
    (isKind(token, "word") && /^(?:_|select|if|case)/.test(token?.text ?? ""))
  );
}

function isSqlCall(tokens: Tokens, at: number): boolean {
  const inside = tokens[at + 2];
  return (
    isKind(inside, ")", "(", "number", "string", "variable") ||
    isCall(tokens, at + 2, FUNCTIONS) ||
    isWord(inside, "select") ||
    isKind(tokens[at + 3], ",", ")")
  );
}

/** `char(65)+char(66)`, `chr(65)||chr(66)`, `concat(0x3a,…)`, `if(1=1,sleep(5),0)`, `ascii(substr(…`. */
function spellsText(tokens: Tokens, at: number): boolean {
  const name = tokens[at];
  const inside = tokens[at + 2];
  if (isIn(name, CHARACTER_CALLS))
    return (
      isKind(inside, "number") && (isKind(tokens[at + 3], ",") || isArithmetic(tokens[at + 4]))
    );
  if (isIn(name, JOINING_CALLS))
    return (
      (inside?.text.startsWith("0x") ?? false) ||
      isCall(tokens, at + 2) ||
      isWord(inside, "select") ||
      isKind(inside, "(")
    );
  if (isIn(name, CHOOSING_CALLS))
    return (
      isKind(inside, "(", "number", "string") &&
      tokens
        .slice(at, at + 30)
        .some((_, i) => isCall(tokens, at + i + 1) || isWord(tokens[at + i + 1], "select"))
    );
  return isIn(name, NESTED_CALLS) && asksForBit(tokens, at);
}

/** `ascii((select …`, `length(database())`, `ord(mid(…`, `floor(rand(…` */
function asksForBit(tokens: Tokens, at: number): boolean {
  const inside = tokens[at + 2];
  return (
    isWord(tokens[skipPrefix(tokens, at + 2)], "select") ||
    isWord(inside, "database", "user", "version") ||
    (isCall(tokens, at + 2) && isIn(inside, NESTED_CALLS)) ||
    (isWord(tokens[at], "floor") && isWord(inside, "rand"))
  );
}
