// Does this text start a statement of its own, beside the one that it is put into, or rows of another query?

import type { Reading } from "./readings.ts";
import {
  isCall,
  isComparison,
  isIn,
  isKind,
  isSelectList,
  isWord,
  skipPrefix,
  textOf,
  type Tokens,
} from "./shapes.ts";
import type { Token } from "./tokens.ts";
import { AFTER_DEFINABLE, BLOCK_STARTS, DEFINABLE } from "./words.ts";

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

type Shape = (tokens: Tokens, at: number) => number | undefined;

const shape = (verbs: string, end: Shape): (readonly [string, Shape])[] =>
  verbs.split(" ").map((verb) => [verb, end]);

const endIf = (isShaped: boolean, end: number): number | undefined => (isShaped ? end : undefined);

/** Of each verb: where what makes it a statement ends. */
const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ...shape("select with", (tokens, at) => endIf(isSelectList(tokens, at), at + 2)),
  ...shape("insert replace merge", (tokens, at) =>
    endIf(isWord(tokens[at + 1], "into") && isKind(tokens[at + 3], "(", "word", "."), at + 3),
  ),
  ...shape("update", (tokens, at) =>
    endIf(isWord(tokens[at + 2], "set") && isComparison(tokens[at + 4]), at + 4),
  ),
  ...shape("delete", (tokens, at) =>
    endIf(isWord(tokens[at + 1], "from") && endsDelete(tokens, at + 3), at + 2),
  ),
  ...shape("drop create alter truncate rename", definition),
  ...shape("exec execute call", (tokens, at) => {
    const isNamed = isKind(tokens[at + 1], "(", "variable", "word", "string");
    return endIf(isNamed && endsCall(tokens, at + 1), at + 1);
  }),
  ...shape("declare set", (tokens, at) => endIf(isKind(tokens[at + 1], "variable"), at + 1)),
  ...shape("waitfor", (tokens, at) => endIf(isWord(tokens[at + 1], "delay", "time"), at + 1)),
  ...shape("shutdown commit vacuum", (tokens, at) => endIf(endsAlone(tokens[at + 1]), at)),
  ...shape("if", (tokens, at) => {
    const operand = tokens[skipPrefix(tokens, at + 1)];
    const isOperand = isKind(operand, "word", "number", "string");
    return endIf(isOperand && isKind(tokens[at + 1], "("), at + 2);
  }),
  ...shape("begin", (tokens, at) => endIf(isIn(tokens[at + 1], BLOCK_STARTS), at + 1)),
  ...shape("copy", (tokens, at) =>
    endIf(isWord(tokens[at + 2], "from", "to") || isKind(tokens[at + 1], "("), at + 2),
  ),
  ...shape("grant revoke", (tokens, at) =>
    endIf(
      tokens.slice(at, at + 10).some((token) => isWord(token, "to", "on")),
      at + 2,
    ),
  ),
  ...shape("backup restore attach load", (tokens, at) =>
    endIf(isWord(tokens[at + 1], "database", "log", "data", "extension"), at + 1),
  ),
  ...shape("do", (tokens, at) =>
    endIf(isCall(tokens, at + 1) || isKind(tokens[at + 1], "operator", "variable"), at + 1),
  ),
  ...shape("prepare", (tokens, at) => endIf(isWord(tokens[at + 2], "from"), at + 2)),
  ...shape("handler", (tokens, at) => endIf(isWord(tokens[at + 2], "open", "read"), at + 2)),
  ...shape("kill", (tokens, at) => endIf(isKind(tokens[at + 1], "number"), at + 1)),
]);

/** Last token of what makes the words at `at` a statement and not prose. */
export function statementAt(tokens: Tokens, at: number): number | undefined {
  const verb = tokens[at];
  return verb?.kind === "word" ? SHAPES.get(verb.text)?.(tokens, at) : undefined;
}

function definition(tokens: Tokens, at: number): number | undefined {
  let object = at + 1;
  while (isWord(tokens[object], "or", "replace", "temporary", "temp", "unique", "global"))
    object += 1;
  const isNamed =
    isIn(tokens[object], DEFINABLE) && isKind(tokens[object + 1], "word", "string", "variable");
  return endIf(isNamed && endsSoon(tokens[object + 2]), object + 1);
}

/** A statement ends here or goes on as one: not "drop table lamps off at the desk". */
function endsSoon(token: Token | undefined): boolean {
  return token?.kind !== "word" || AFTER_DEFINABLE.has(token.text);
}

function endsAlone(next: Token | undefined): boolean {
  return next === undefined || isKind(next, "comment", ";") || isWord(next, "with");
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
