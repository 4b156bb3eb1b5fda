// Does this text start a statement of its own, beside the one that it is put into, or rows of another query?

import type { Reading } from "./readings.ts";
import {
  isCall,
  isComparison,
  isKind,
  isSelectList,
  isWord,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import { STATEMENTS } from "./words.ts";

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
