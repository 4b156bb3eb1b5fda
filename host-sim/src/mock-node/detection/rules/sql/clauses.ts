// Does this text add a query inside the query, or a clause that reshapes it?

import type { Reading } from "./readings.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isConnective,
  isKind,
  isSelectList,
  isWord,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import { CATALOGS } from "./words.ts";

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
    const next = tokens[i + 1];
    if (isWord(tokens[i], "into") && isWord(next, "outfile", "dumpfile"))
      return textOf(tokens, i, i + 2);
    if (isWord(tokens[i], "procedure") && isWord(next, "analyse") && isKind(tokens[i + 2], "("))
      return textOf(tokens, i, i + 2);
    if (
      isWord(tokens[i], "waitfor") &&
      isWord(next, "delay", "time") &&
      isKind(tokens[i + 2], "string", "word", "variable")
    )
      return textOf(tokens, i, i + 2);
    if (isWord(tokens[i], "case") && isCase(tokens, i)) return textOf(tokens, i, i + 3);
    if (!startsAsValue || i > 3) continue;
    if (
      isWord(tokens[i], "order", "group") &&
      isWord(next, "by") &&
      ordersByNumber(tokens, i + 2, quote)
    )
      return textOf(tokens, i, i + 2);
    if (
      isWord(tokens[i], "group") &&
      isWord(next, "by") &&
      tokens.slice(i, i + 12).some((token) => isWord(token, "having"))
    )
      return textOf(tokens, i, i + 3);
    if (isWord(tokens[i], "having", "limit", "rlike") && opensClause(tokens, i))
      return textOf(tokens, i, i + 1);
  }
  return undefined;
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

/** `from information_schema.tables`, `select @@version`, `mysql.user`. */
export function findCatalog({ tokens }: Reading): string | undefined {
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    const isNamed = token?.kind === "word" && CATALOGS.has(token.text);
    const isMysqlUser =
      isWord(token, "mysql", "sys", "master") &&
      isKind(tokens[i + 1], ".") &&
      (isWord(
        tokens[i + 2],
        "user",
        "tables",
        "databases",
        "sysdatabases",
        "columns",
        "objects",
        "db",
        "sql_logins",
      ) ||
        isKind(tokens[i + 2], "."));
    const isServerVariable =
      token?.kind === "variable" &&
      /^@@(?:version|datadir|hostname|basedir|servername|tmpdir|global|session|port|plugin_dir|secure_file_priv|language|spid|innodb_version|version_compile_os|max_connections|user)/.test(
        token.text,
      );
    if (!(isNamed || isMysqlUser || isServerVariable)) continue;
    const isAsked = tokens
      .slice(Math.max(0, i - 40), i)
      .some(
        (other) =>
          isWord(other, "select", "from", "and", "or", "by", "in", "exists") ||
          isArithmetic(other) ||
          isComparison(other) ||
          isKind(other, "(", ","),
      );
    if (isAsked || isServerVariable || tokens.length <= 4)
      return textOf(tokens, Math.max(0, i - 2), i);
  }
  return undefined;
}
