// Does this text add a query inside the query, or a clause that reshapes it?

import type { Reading } from "./readings.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isConnective,
  isIn,
  isKind,
  isSelectList,
  isWord,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import { CATALOGS, MASTER_TABLES } from "./words.ts";

/** `(select password from users …)` where an operand stands. */
export function findSubquery({ tokens }: Reading, wordy: boolean): string | undefined {
  for (let i = 0; i + 1 < tokens.length; i += 1) {
    const isOpened = isKind(tokens[i], "(") && isWord(tokens[i + 1], "select");
    if (!isOpened || !isSelectList(tokens, i + 1)) continue;
    const before = tokens[i - 1];
    const isOperand =
      before === undefined ||
      isConnective(before) ||
      isArithmetic(before) ||
      isComparison(before) ||
      isKind(before, "(", ",", "operator", ")") ||
      isCall(tokens, i - 1) ||
      isWord(before, "exists", "select", "from", "by", "then", "else", "when", "values", "limit");
    const startsQuery =
      isWord(tokens[0], "select", "insert", "update", "with", "query") && tokens[0]?.begin === 0;
    if (isOperand && !wordy && !startsQuery) return textOf(tokens, i, i + 4);
  }
  return undefined;
}

/** `case when … then`, `order by 10--`, `having 1=1`, `procedure analyse()`, `limit 1 into outfile`. */
export function findClause(reading: Reading): string | undefined {
  const { tokens, quote } = reading;
  const startsAsValue =
    quote !== undefined
      ? reading.closes
      : isKind(tokens[skipPrefix(tokens, 0)], "number", ")") ||
        isWord(tokens[0], "order", "group", "having");
  for (let i = 0; i + 1 < tokens.length; i += 1) {
    const end =
      endOfClause(tokens, i) ??
      (startsAsValue && i <= 3 ? endOfClauseAfterValue(tokens, i, quote) : undefined);
    if (end !== undefined) return textOf(tokens, i, end);
  }
  return undefined;
}

/** Of those that say by themselves that they are SQL. */
function endOfClause(tokens: Tokens, at: number): number | undefined {
  const next = tokens[at + 1];
  const after = tokens[at + 2];
  if (isWord(tokens[at], "into") && isWord(next, "outfile", "dumpfile")) return at + 2;
  if (isWord(tokens[at], "procedure") && isWord(next, "analyse") && isKind(after, "("))
    return at + 2;
  const waits = isWord(tokens[at], "waitfor") && isWord(next, "delay", "time");
  if (waits && isKind(after, "string", "word", "variable")) return at + 2;
  return isWord(tokens[at], "case") && isCase(tokens, at) ? at + 3 : undefined;
}

/** Of those that are words of prose too, unless a value stands before them. */
function endOfClauseAfterValue(
  tokens: Tokens,
  at: number,
  quote: string | undefined,
): number | undefined {
  const by = isWord(tokens[at + 1], "by");
  if (by && isWord(tokens[at], "order", "group") && ordersByNumber(tokens, at + 2, quote))
    return at + 2;
  const ahead = tokens.slice(at, at + 12);
  if (by && isWord(tokens[at], "group") && ahead.some((token) => isWord(token, "having")))
    return at + 3;
  const opens = isWord(tokens[at], "having", "limit", "rlike") && opensClause(tokens, at);
  return opens ? at + 1 : undefined;
}

function opensClause(tokens: Tokens, at: number): boolean {
  const next = tokens[at + 1];
  const after = tokens[at + 2];
  if (isKind(next, "(")) return isWord(after, "select") || isWord(tokens[at], "rlike");
  if (isWord(tokens[at], "limit"))
    return isKind(next, "number") && isKind(after, ",", "comment", ";");
  return isKind(next, "number", "string") && after !== undefined;
}

function ordersByNumber(tokens: Tokens, at: number, quote: string | undefined): boolean {
  const after = tokens[at + 1];
  if (isKind(tokens[at], "(") || isCall(tokens, at)) return true;
  if (isKind(tokens[at], "number"))
    return after === undefined || isKind(after, "comment", ",", ";", ")");
  return quote !== undefined && isKind(after, "comment");
}

function isCase(tokens: Tokens, at: number): boolean {
  const ahead = tokens.slice(at + 1, at + 40);
  const before = tokens[at - 1];
  const isOperand =
    before === undefined ||
    isKind(before, "(", ",", "operator", ")") ||
    isConnective(before) ||
    isWord(before, "select", "by");
  return (
    isOperand &&
    ahead.some((token) => isWord(token, "when")) &&
    ahead.some((token) => isWord(token, "then"))
  );
}

const SERVER_VARIABLES =
  /^@@(?:version|datadir|hostname|basedir|servername|tmpdir|global|session|port|plugin_dir|secure_file_priv|language|spid|innodb_version|version_compile_os|max_connections|user)/;

/** `from information_schema.tables`, `select @@version`, `mysql.user`. */
export function findCatalog({ tokens }: Reading): string | undefined {
  for (const [i, token] of tokens.entries()) {
    const isServerVariable = token.kind === "variable" && SERVER_VARIABLES.test(token.text);
    if (!isServerVariable && !namesCatalog(tokens, i)) continue;
    if (isServerVariable || tokens.length <= 4 || isAskedFor(tokens, i))
      return textOf(tokens, Math.max(0, i - 2), i);
  }
  return undefined;
}

function namesCatalog(tokens: Tokens, at: number): boolean {
  if (isIn(tokens[at], CATALOGS)) return true;
  const table = tokens[at + 2];
  return (
    isWord(tokens[at], "mysql", "sys", "master") &&
    isKind(tokens[at + 1], ".") &&
    (isIn(table, MASTER_TABLES) || isKind(table, "."))
  );
}

/** Words of a query stand not far before. */
function isAskedFor(tokens: Tokens, at: number): boolean {
  return tokens
    .slice(Math.max(0, at - 40), at)
    .some(
      (other) =>
        isWord(other, "select", "from", "and", "or", "by", "in", "exists") ||
        isArithmetic(other) ||
        isComparison(other) ||
        isKind(other, "(", ","),
    );
}
