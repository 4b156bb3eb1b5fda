// Where does a value end that is not to be seen? At its quote, its bracket, its tag or the next delimiter, whatever the text
// around it is; at the end of the text where none of them comes.
import { lowerCase } from "./ascii";

/** Marks that may stand between a name and its `=` or `:`, as they are or percent-encoded: quotes, brackets, blanks. */
const MARKS: string = "\"'\\[] \t";
const ESCAPED_MARKS: string = "%22%27%5b%5c%5d%20";

export function skipMarks(text: string, from: i32): i32 {
  let at = from;
  while (at < text.length) {
    if (MARKS.includes(text.charAt(at))) at++;
    else if (at + 3 <= text.length && isEscapedMark(text.substring(at, at + 3))) at += 3;
    else break;
  }
  return at;
}

function isEscapedMark(text: string): bool {
  return text.charCodeAt(0) == 0x25 && ESCAPED_MARKS.includes(lowerCase(text));
}

/** What ends a bare value: in a query or form; in JSON, whose bare values are no texts; in a line of its own. */
export const IN_QUERY: string = '&"\r\n';
export const IN_JSON: string = ",}]&\r\n";
export const IN_LINE: string = "\r\n";

/** What stands behind a value in quotes. */
const AFTER_QUOTES: string = ' ,;:&<>/]}\\"?\t\r\n';

export function valueEnd(text: string, from: i32, delimiters: string): i32 {
  const first = text.charCodeAt(from);
  if (first == 0x5b || first == 0x7b) return bracketEnd(text, from);
  let quote = from;
  while (quote < text.length && text.charCodeAt(quote) == 0x5c) quote++;
  const mark = quote < text.length ? text.charCodeAt(quote) : 0;
  let at = from;
  if (mark == 0x22 || mark == 0x27) {
    at = quoteEnd(text, quote, mark, quote - from);
    // A value may begin with a quote that is only its first character: then it goes on behind the next one.
    if (at == text.length || AFTER_QUOTES.includes(text.charAt(at))) return at;
  }
  while (at < text.length && !delimiters.includes(text.charAt(at))) at++;
  return at;
}

/**
 * Inside of JSON that is itself a string, quotes have 1, 3, 7 … backslashes before them: `depth`. A quote with more of them
 * belongs to the value, unless they are pairs that stand for backslashes at its end.
 */
function quoteEnd(text: string, from: i32, mark: i32, depth: i32): i32 {
  let backslashes = 0;
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == mark && (backslashes < depth || backslashes % (2 * (depth + 1)) == depth)) {
      return at + 1;
    }
    backslashes = code == 0x5c ? backslashes + 1 : 0;
  }
  return text.length;
}

/** The bracket that closes the array or object at `from`. */
function bracketEnd(text: string, from: i32): i32 {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == 0x22) at = quoteEnd(text, at, code, 0) - 1;
    else if (code == 0x5b || code == 0x7b) depth++;
    else if (code == 0x5d || code == 0x7d) depth--;
    if (depth == 0) return at + 1;
  }
  return text.length;
}

/** Where the element `name`, inside of which `from` is, is closed. */
export function elementEnd(text: string, from: i32, name: string): i32 {
  let at = text.indexOf("</", from);
  while (at >= 0) {
    const close = text.indexOf(">", at);
    if (close < 0) return at;
    if (
      text
        .substring(at + 2, close)
        .trim()
        .endsWith(name)
    )
      return at;
    at = text.indexOf("</", close);
  }
  return text.length;
}

/** Index of the next line feed, or of the text's end. */
export function lineEnd(text: string, from: i32): i32 {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
