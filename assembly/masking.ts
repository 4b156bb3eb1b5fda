// How is a text of any kind shown without the credentials in it? Queries, forms, JSON (also inside of other JSON), XML,
// multipart and header lines are told by their marks, not parsed: an excerpt is cut anywhere. A mask too much is better than
// one too few.
import { isDigit, isLetter, lowerCase } from "./ascii";
import { isCredentialName } from "./credentials";
import { elementEnd, IN_JSON, IN_LINE, IN_QUERY, lineEnd, skipMarks, valueEnd } from "./value-end";

const MASK = "***";
/** A word after "Basic" that is shorter is taken for prose. */
const SHORTEST_TOKEN: i32 = 16;

export function mask(text: string): string {
  const finder = new SecretFinder(text);
  const pieces: string[] = [];
  let done = 0;
  while (finder.next()) {
    pieces.push(text.substring(done, finder.from));
    pieces.push(MASK);
    done = finder.to;
  }
  pieces.push(text.substring(done));
  return pieces.join("");
}

class SecretFinder {
  /** Where the secret that was found begins and ends. */
  from: i32 = 0;
  to: i32 = 0;

  constructor(private readonly text: string) {}

  /** Looks for the next secret behind the last one. */
  next(): bool {
    for (let at = this.to; at < this.text.length; at++) {
      if (this.text.startsWith("://", at) && this.isUserInfo(at + 3)) return true;
      if (!isNameCharacter(this.text.charCodeAt(at))) continue;
      let end = at + 1;
      while (end < this.text.length && isNameCharacter(this.text.charCodeAt(end))) end++;
      // Two hex digits behind a percent sign belong to it, not to the name.
      const isEscape = at > 0 && this.text.charCodeAt(at - 1) == 0x25;
      if (this.isSecretOf(isEscape ? min(at + 2, end) : at, end)) return true;
      at = end - 1;
    }
    return false;
  }

  /** Is there a secret at, or behind, the name from `start` to `end`? */
  private isSecretOf(start: i32, end: i32): bool {
    const name = this.text.substring(start, end);
    if (name.length > 10 && name.startsWith("eyJ")) return this.found(start, this.tokenEnd(end)); // a JWT
    const lower = lowerCase(name);
    if (lower == "bearer" || lower == "basic") {
      const from = skipMarks(this.text, end);
      const to = this.tokenEnd(from);
      if (from > end && to - from >= SHORTEST_TOKEN) return this.found(from, to);
    }
    return isCredentialName(name) && (this.isElement(start, end, name) || this.isValue(start, end));
  }

  /** `<name>value</name>`, also with a prefix, attributes or other elements inside. */
  private isElement(start: i32, end: i32, name: string): bool {
    let before = start - 1;
    if (before > 0 && this.text.charCodeAt(before) == 0x3a) {
      do before--;
      while (before > 0 && isNameCharacter(this.text.charCodeAt(before)));
    }
    if (before < 0 || this.text.charCodeAt(before) != 0x3c) return false;
    const from = this.text.charCodeAt(end) == 0x3e ? end + 1 : end;
    return this.found(from, elementEnd(this.text, from, name));
  }

  /** `name=value`, `"name": value`, `name="x" value="value"`, or a field of a multipart form. */
  private isValue(start: i32, end: i32): bool {
    let at = skipMarks(this.text, end);
    const other = skipMarks(this.text, this.text.charCodeAt(at) == 0x2c ? at + 1 : at);
    if (this.text.startsWith("value", other)) at = skipMarks(this.text, other + 5);
    const width = separatorWidth(this.text, at);
    if (width == 0) return this.isFormField(start, at);
    const isAssignment = this.text.charCodeAt(at) == 0x3d;
    const bare = isAssignment || width > 1 ? IN_QUERY : at > end ? IN_JSON : IN_LINE;
    at += width;
    if (isAssignment && this.text.charCodeAt(at) == 0x3e) at++; // =>
    while (at < this.text.length && this.text.charCodeAt(at) == 0x20) at++;
    return at < this.text.length && this.found(at, valueEnd(this.text, at, bare));
  }

  /** RFC 7578: `Content-Disposition: form-data; name="name"`, an empty line, the value up to the next boundary. */
  private isFormField(start: i32, at: i32): bool {
    const lineStart = this.text.lastIndexOf("\n", start) + 1;
    if (!this.text.substring(lineStart, start).includes("form-data")) return false;
    let line = lineEnd(this.text, at);
    while (line < this.text.length && lineEnd(this.text, line + 1) - line > 2) {
      line = lineEnd(this.text, line + 1);
    }
    const from = min(lineEnd(this.text, line + 1) + 1, this.text.length);
    const boundary = this.text.indexOf("\n--", from - 1);
    return this.found(from, boundary < 0 ? this.text.length : max(boundary, from));
  }

  /** `//user:password@host` */
  private isUserInfo(from: i32): bool {
    let end = from;
    while (end < this.text.length && !"/?#\"'<> \\\r\n".includes(this.text.charAt(end))) end++;
    const at = this.text.substring(from, end).lastIndexOf("@");
    return at > 0 && this.found(from, from + at);
  }

  private tokenEnd(from: i32): i32 {
    let end = from;
    while (end < this.text.length) {
      if (!isNameCharacter(this.text.charCodeAt(end)) && !".~+/=".includes(this.text.charAt(end))) {
        break;
      }
      end++;
    }
    return end;
  }

  private found(from: i32, to: i32): bool {
    this.from = from;
    this.to = to;
    return to > from;
  }
}

/** Of `=`, `:` or one of them percent-encoded; 0 if there is none. */
function separatorWidth(text: string, at: i32): i32 {
  const code = text.charCodeAt(at);
  if (code == 0x3d || code == 0x3a) return 1;
  const escaped = lowerCase(text.substring(at, at + 3));
  return escaped == "%3d" || escaped == "%3a" ? 3 : 0;
}

function isNameCharacter(code: i32): bool {
  return isLetter(code) || isDigit(code) || code == 0x2d || code == 0x5f;
}
