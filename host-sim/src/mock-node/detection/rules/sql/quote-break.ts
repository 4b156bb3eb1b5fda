// Does a quote in this text end a string of the query, with something behind it that only makes sense there?

import type { Reading } from "./readings.ts";
import type { Token } from "./tokens.ts";
import {
  isArithmetic,
  isCall,
  isComparison,
  isKind,
  isLiteral,
  isWord,
  skipKind,
  skipPrefix,
  textOf,
} from "./shapes.ts";

/** `admin'--`, `x') #`, `1';`: the rest of the query is cut off. */
export function findCut(reading: Reading): string | undefined {
  const { tokens, quote, closes, prefix } = reading;
  if (quote === undefined || quote === "`" || !closes) return undefined;
  let at = skipKind(tokens, 0, ")");
  if (isKind(tokens[at], ";")) at += 1;
  const comment = tokens[at];
  if (comment?.kind !== "comment" || !comment.open) return undefined;
  const rest = comment.text.replace(/^(?:--|#|\/\*)[\s+-]*/, "");
  const isOneWord = !/\s/.test(prefix.trim());
  const isHash = comment.text.startsWith("#");
  const isCutShort = rest.length <= 2 && !/^--\w/.test(comment.text) && !(isHash && !isOneWord);
  // "the kids' #1 choice" and "dogs' -- and cats'" are prose.
  if (!(isCutShort || (isOneWord && !/^(?:#|--)\w/.test(comment.text)))) return undefined;
  return `${quote}${textOf(tokens, 0, at)}`;
}

/** `'||(select …)||'`, `'+@@version+'`, `'-sleep(5)-'`: an expression grown onto the string. */
export function findGrown(reading: Reading): string | undefined {
  const { tokens, quote, closes } = reading;
  if (quote === undefined || !closes) return undefined;
  const at = skipKind(tokens, 0, ")");
  if (!isArithmetic(tokens[at]) && !isComparison(tokens[at]) && !isKind(tokens[at], ","))
    return undefined;
  const operand = skipPrefix(tokens, at + 1);
  const isQuery = isWord(tokens[operand], "select", "case", "exists");
  if (isQuery || isCall(tokens, operand) || isKind(tokens[operand], "variable"))
    return textOf(tokens, 0, operand + 1);
  return undefined;
}

/** The quote that ends the query's string, or nothing more. */
function isEdge(token: Token | undefined): boolean {
  return (
    token === undefined ||
    (token.kind === "string" && token.open && token.text.length <= 2) ||
    token.kind === "comment"
  );
}

/** `'='`, `'-'`, `' or '`, `'^'0`, `'*'`: nothing but quotes around an operator. */
export function findBareOperator(reading: Reading): string | undefined {
  const { tokens, quote, prefix } = reading;
  if (quote === undefined || quote === "`" || prefix.length > 24 || /['"]/.test(prefix))
    return undefined;
  const at = skipKind(tokens, 0, ")");
  const operator = tokens[at];
  if (
    !isArithmetic(operator) &&
    !isComparison(operator) &&
    !isWord(operator, "or", "and", "xor", "is")
  )
    return undefined;
  const operand = skipPrefix(tokens, at + 1);
  const value = tokens[operand];
  const after = tokens[operand + 1];
  if (!isLiteral(value)) return undefined;
  const isBareString = value?.kind === "string" && value.text.trim().length <= 1;
  const isEmptySide = prefix.trim() === "" || isComparison(operator);
  if (quote === '"' && operator?.text === "*") return undefined;
  if (isBareString && after === undefined && isEmptySide)
    return `${quote}${textOf(tokens, 0, operand)}`;
  if (
    value?.kind === "number" &&
    (isKind(after, "comment", ";") || (isArithmetic(after) && isEdge(tokens[operand + 2])))
  )
    return `${quote}${textOf(tokens, 0, operand + 1)}`;
  return undefined;
}
