// May this word stand in a log? Only where it looks like a word, a number or a short name: what keys, tokens and other secrets
// look like can't be listed, so everything else is shown by its length.
import { decimalText, utf8Length } from "as-proxy-wasm";
import { isDigit, isLetter } from "../ascii";

const LONGEST: i32 = 48;
/** Of what stands between two marks. */
const LONGEST_PIECE: i32 = 16;
const LONGEST_NUMBER: i32 = 9;
/** In what is longer digits are few. */
const SHORT: i32 = 16;

enum Kind {
  Mark,
  Lower,
  Upper,
  Digit,
  Odd,
}

/** The word itself, or how long it is. */
export function shownWord(word: string): string {
  return isPlainWord(word) ? word : lengthOf(utf8Length(word));
}

/** How a text is shown that may be a secret. */
export function lengthOf(bytes: i32): string {
  return "<" + decimalText(bytes) + " bytes>";
}

/**
 * Letters and digits in short pieces with marks `-._~` between them, and not mixed as only machines mix them. The empty word is
 * plain. A word of a person's choice, `hunter2`, looks like any other.
 */
export function isPlainWord(word: string): bool {
  // Each JSON Web Token begins so.
  if (word.length > LONGEST || word.includes("eyJ")) return false;
  let from = 0;
  let digits = 0;
  for (let at = 0; at <= word.length; at++) {
    const kind = at < word.length ? kindOf(word.charCodeAt(at)) : Kind.Mark;
    if (kind == Kind.Digit) digits++;
    if (kind != Kind.Mark) continue;
    if (!isPlainPiece(word, from, at)) return false;
    from = at + 1;
  }
  return word.length <= SHORT || digits <= 4;
}

function isPlainPiece(word: string, from: i32, end: i32): bool {
  let before = Kind.Mark;
  let changes = 0;
  let digits = 0;
  for (let at = from; at < end; at++) {
    const kind = kindOf(word.charCodeAt(at));
    if (kind == Kind.Odd) return false;
    if (kind == Kind.Digit) digits++;
    if (isChange(before, kind)) changes++;
    before = kind;
  }
  const length = end - from;
  if (length > LONGEST_PIECE || digits > LONGEST_NUMBER) return false;
  return changes <= 1 || changes * 3 <= length;
}

/** A capital begins a word: behind it small letters are no change. */
function isChange(before: Kind, kind: Kind): bool {
  if (before == Kind.Mark || before == kind) return false;
  return before != Kind.Upper || kind != Kind.Lower;
}

function kindOf(code: i32): Kind {
  if (isDigit(code)) return Kind.Digit;
  if (isLetter(code)) return (code & 0x20) != 0 ? Kind.Lower : Kind.Upper;
  return code == 0x2d || code == 0x2e || code == 0x5f || code == 0x7e ? Kind.Mark : Kind.Odd;
}
