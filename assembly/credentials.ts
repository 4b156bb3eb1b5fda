// What must never stand in a log? Values of headers, parameters and fields whose names say that they are secrets.
import { isDigit, isLetter, lowerCase } from "./ascii";

/** Looked for anywhere in a name, without regard to case, `-` and `_`. */
const SECRET_WORDS: StaticArray<string> = [
  "authorization",
  "cookie",
  "password",
  "passwd",
  "passphrase",
  "secret",
  "token",
  "apikey",
  "accesskey",
  "privatekey",
  "credential",
  "session",
  "signature",
  "assertion",
  "jwt",
  "cardnumber",
];
/** Too short to be looked for inside of other words ("spinning", "option"). */
const WHOLE_WORDS: StaticArray<string> = ["pin", "otp", "pwd", "sid", "auth", "key", "sig", "cvv"];
const MASK = "***";

/** Does a header, parameter or field of this name hold a credential? */
export function isCredentialName(name: string): bool {
  const lower = lowerCase(name);
  for (let i = 0; i < WHOLE_WORDS.length; i++) if (lower == WHOLE_WORDS[i]) return true;
  const plain = lower.replaceAll("-", "").replaceAll("_", "");
  for (let i = 0; i < SECRET_WORDS.length; i++) if (plain.includes(SECRET_WORDS[i])) return true;
  return false;
}

/**
 * Masks the values of credentials in a text of any kind: `name=value` (queries, forms, cookies), `"name": "value"` (JSON)
 * and `<name>value</name>`. A mask too much is better than one too few.
 */
export function mask(text: string): string {
  let out = "";
  let done = 0;
  let nameFrom = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isNameCharacter(code)) {
      if (nameFrom < 0) nameFrom = at;
      continue;
    }
    if (nameFrom >= 0 && isCredentialName(text.substring(nameFrom, at))) {
      const from = valueStart(text, at);
      if (from >= 0) {
        const to = valueEnd(text, from);
        out += text.substring(done, from) + MASK;
        done = to;
        at = to - 1;
      }
    }
    nameFrom = -1;
  }
  return done == 0 ? text : out + text.substring(done);
}

/** Index of the value that belongs to the name that ends at `at`; -1 if none does. */
function valueStart(text: string, at: i32): i32 {
  let i = at;
  if (i < text.length && isQuote(text.charCodeAt(i))) i++;
  i = skipSpaces(text, i);
  if (i >= text.length) return -1;
  const separator = text.charCodeAt(i);
  if (separator == 0x3e) return i + 1; // <name>value
  if (separator != 0x3d && separator != 0x3a) return -1; // = and :
  i = skipSpaces(text, i + 1);
  return i < text.length ? i : -1;
}

/** A quoted value ends at its quote, another at the next delimiter. */
function valueEnd(text: string, from: i32): i32 {
  const first = text.charCodeAt(from);
  let i = from;
  if (isQuote(first)) {
    for (i = from + 1; i < text.length && text.charCodeAt(i) != first; i++) {
      if (text.charCodeAt(i) == 0x5c) i++; // an escaped character
    }
    return min(i + 1, text.length);
  }
  while (i < text.length && !isDelimiter(text.charCodeAt(i))) i++;
  return i;
}

function skipSpaces(text: string, from: i32): i32 {
  let i = from;
  while (i < text.length && (text.charCodeAt(i) == 0x20 || text.charCodeAt(i) == 0x09)) i++;
  return i;
}

function isQuote(code: i32): bool {
  return code == 0x22 || code == 0x27;
}

/** & ; , < } ] and line ends: what a value of a query, form, cookie, JSON number or XML element ends at. */
function isDelimiter(code: i32): bool {
  return (
    code == 0x26 ||
    code == 0x3b ||
    code == 0x2c ||
    code == 0x3c ||
    code == 0x7d ||
    code == 0x5d ||
    code == 0x0a ||
    code == 0x0d
  );
}

function isNameCharacter(code: i32): bool {
  return isLetter(code) || isDigit(code) || code == 0x2d || code == 0x5f;
}
