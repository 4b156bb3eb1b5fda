// Does this text start a statement of its own, or a query inside the query?

import type { Reading } from "./readings.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isConnective,
  isKind,
  isSelectList,
  isWord,
  skipKind,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import { CATALOGS, STATEMENTS } from "./words.ts";

export function findUnion({ tokens }: Reading): string | undefined {
  for (let i = 0; i < tokens.length; i += 1) {
    if (!isWord(tokens[i], "union", "intersect", "except", "minus")) continue;
    let at = i + 1;
    while (
      isWord(tokens[at], "all", "distinct", "distinctrow", "unique") ||
      isKind(tokens[at], "(", "comment")
    )
      at += 1;
    if (isWord(tokens[at], "select") && isSelectList(tokens, at)) return textOf(tokens, i, at + 2);
    if (isWord(tokens[at], "select") && i > 0 && !isKind(tokens[at + 1], "word"))
      return textOf(tokens, i, at);
  }
  return undefined;
}

/** `; drop table users`, `'; exec xp_cmdshell …`: a second statement. */
export function findStacked({ tokens }: Reading): string | undefined {
  for (let i = 0; i + 1 < tokens.length; i += 1) {
    if (tokens[i]?.kind !== ";") continue;
    const end = statementAt(tokens, i + 1);
    if (end !== undefined) return textOf(tokens, i, end);
  }
  return undefined;
}

/** Last token of what makes the words at `at` a statement and not prose. */
export function statementAt(tokens: Tokens, at: number): number | undefined {
  const verb = tokens[at];
  const next = tokens[at + 1];
  if (verb?.kind !== "word" || !STATEMENTS.has(verb.text)) return undefined;
  if (["select", "with"].includes(verb.text)) return isSelectList(tokens, at) ? at + 2 : undefined;
  if (isWord(verb, "insert", "replace", "merge"))
    return isWord(next, "into") && isKind(tokens[at + 3], "(", "word", ".") ? at + 3 : undefined;
  if (isWord(verb, "update"))
    return isWord(tokens[at + 2], "set") && isComparison(tokens[at + 4]) ? at + 4 : undefined;
  if (isWord(verb, "delete"))
    return isWord(next, "from") && endsDelete(tokens, at + 3) ? at + 2 : undefined;
  if (isWord(verb, "drop", "create", "alter", "truncate", "rename")) return definition(tokens, at);
  if (isWord(verb, "exec", "execute", "call"))
    return isKind(next, "(", "variable", "word", "string") && endsCall(tokens, at + 1)
      ? at + 1
      : undefined;
  if (isWord(verb, "declare", "set")) return isKind(next, "variable") ? at + 1 : undefined;
  if (isWord(verb, "waitfor")) return isWord(next, "delay", "time") ? at + 1 : undefined;
  if (isWord(verb, "shutdown", "commit", "vacuum"))
    return next === undefined || isKind(next, "comment", ";") || isWord(next, "with")
      ? at
      : undefined;
  if (isWord(verb, "if"))
    return isKind(tokens[skipPrefix(tokens, at + 1)], "word", "number", "string") &&
      isKind(next, "(")
      ? at + 2
      : undefined;
  if (isWord(verb, "begin"))
    return isWord(
      next,
      "declare",
      "dbms_lock",
      "dbms_session",
      "user_lock",
      "execute",
      "transaction",
    )
      ? at + 1
      : undefined;
  if (
    isWord(
      verb,
      "copy",
      "grant",
      "revoke",
      "backup",
      "restore",
      "load",
      "attach",
      "handler",
      "prepare",
      "pragma",
      "kill",
      "do",
    )
  )
    return privileged(tokens, at);
  return undefined;
}

function definition(tokens: Tokens, at: number): number | undefined {
  let object = at + 1;
  while (isWord(tokens[object], "or", "replace", "temporary", "temp", "unique", "global"))
    object += 1;
  const isObject = isWord(
    tokens[object],
    "table",
    "database",
    "schema",
    "view",
    "user",
    "login",
    "procedure",
    "proc",
    "function",
    "index",
    "trigger",
    "column",
    "role",
    "sequence",
    "alias",
    "java",
    "language",
    "extension",
    "assembly",
  );
  return isObject &&
    isKind(tokens[object + 1], "word", "string", "variable") &&
    endsSoon(tokens, object + 2)
    ? object + 1
    : undefined;
}

/** A statement ends here or goes on as one: not "drop table lamps off at the desk". */
function endsSoon(tokens: Tokens, at: number): boolean {
  const token = tokens[at];
  if (token?.kind !== "word") return true;
  return isWord(
    token,
    "where",
    "cascade",
    "restrict",
    "as",
    "exists",
    "if",
    "identified",
    "with",
    "add",
    "drop",
    "on",
    "for",
    "returns",
    "set",
    "from",
    "password",
    "superuser",
    "not",
    "using",
    "modify",
    "exists",
  );
}

function endsDelete(tokens: Tokens, at: number): boolean {
  return (
    tokens[at] === undefined ||
    isKind(tokens[at], ";", "comment", ".") ||
    isWord(tokens[at], "where")
  );
}

function endsCall(tokens: Tokens, at: number): boolean {
  if (!isKind(tokens[at], "word")) return true;
  return !isKind(tokens[at + 1], "word") || /^(?:xp_|sp_|master)/.test(tokens[at]?.text ?? "");
}

function privileged(tokens: Tokens, at: number): number | undefined {
  const next = tokens[at + 1];
  if (isWord(tokens[at], "copy"))
    return isWord(tokens[at + 2], "from", "to") || isKind(next, "(") ? at + 2 : undefined;
  if (isWord(tokens[at], "grant", "revoke"))
    return tokens.slice(at, at + 10).some((token) => isWord(token, "to", "on"))
      ? at + 2
      : undefined;
  if (isWord(tokens[at], "backup", "restore", "attach", "load"))
    return isWord(next, "database", "log", "data", "extension") ? at + 1 : undefined;
  if (isWord(tokens[at], "do"))
    return isCall(tokens, at + 1) || isKind(next, "operator", "variable") ? at + 1 : undefined;
  if (isWord(tokens[at], "prepare")) return isWord(tokens[at + 2], "from") ? at + 2 : undefined;
  if (isWord(tokens[at], "handler"))
    return isWord(tokens[at + 2], "open", "read") ? at + 2 : undefined;
  return isWord(tokens[at], "kill") && isKind(next, "number") ? at + 1 : undefined;
}

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
