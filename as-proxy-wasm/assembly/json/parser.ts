// Is this text JSON (RFC 8259), and what is in it? Never traps, nests at most 16 deep, and tells the place of an error.
import { byteAt } from "../bytes/numbers";
import { bytesToString } from "../bytes/text";
import { parseNumber } from "./number";
import { JsonKind, JsonResult, JsonValue } from "./value";

/** A deeper text is refused: each level is a recursion here. */
const DEEPEST: i32 = 16;

export function parseJson(bytes: ArrayBuffer): JsonResult {
  const parser = new Parser(bytes);
  const value = parser.document();
  return new JsonResult(value, parser.error, value === null ? parser.position : 0);
}

/** Methods that return null have set `error`, with `position` where it is. */
@final
class Parser {
  error: string = "";
  position: i32 = 0;
  private depth: i32 = 0;
  private size: i32;

  constructor(private bytes: ArrayBuffer) {
    this.size = bytes.byteLength;
  }

  document(): JsonValue | null {
    const value = this.value();
    if (value === null) return null;
    this.skipSpace();
    return this.position < this.size ? this.refuse("text after the end of the value") : value;
  }

  private value(): JsonValue | null {
    this.skipSpace();
    const start = this.position;
    const byte = this.peek();
    if (byte == 0x7b) return this.object(start);
    if (byte == 0x5b) return this.array(start);
    if (byte == 0x22) return this.stringValue(start);
    if (byte == 0x2d || isDigit(byte)) return this.number(start);
    return this.word(start);
  }

  private object(start: i32): JsonValue | null {
    if (!this.enter()) return null;
    const value = new JsonValue(JsonKind.Object, start);
    if (this.takes(0x7d)) return this.leave(value);
    while (true) {
      this.skipSpace();
      if (this.peek() != 0x22) return this.refuse("expected a key in double quotes");
      const key = this.string();
      if (key === null) return null;
      if (!this.takes(0x3a)) return this.refuse("expected ':' after the key");
      const item = this.value();
      if (item === null) return null;
      value.keys.push(key);
      value.items.push(item);
      if (this.takes(0x2c)) continue;
      return this.takes(0x7d) ? this.leave(value) : this.refuse("expected ',' or '}'");
    }
  }

  private array(start: i32): JsonValue | null {
    if (!this.enter()) return null;
    const value = new JsonValue(JsonKind.Array, start);
    if (this.takes(0x5d)) return this.leave(value);
    while (true) {
      const item = this.value();
      if (item === null) return null;
      value.items.push(item);
      if (this.takes(0x2c)) continue;
      return this.takes(0x5d) ? this.leave(value) : this.refuse("expected ',' or ']'");
    }
  }

  private stringValue(start: i32): JsonValue | null {
    const text = this.string();
    if (text === null) return null;
    const value = new JsonValue(JsonKind.String, start);
    value.text = text;
    return value;
  }

  /** A number: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
  private number(start: i32): JsonValue | null {
    if (this.peek() == 0x2d) this.position++;
    if (this.peek() == 0x30) this.position++;
    else if (!this.digits()) return this.refuse("malformed number");
    if (isDigit(this.peek())) return this.refuse("malformed number");
    if (this.peek() == 0x2e) {
      this.position++;
      if (!this.digits()) return this.refuse("malformed number");
    }
    if ((this.peek() | 0x20) == 0x65) {
      this.position++;
      if (this.peek() == 0x2b || this.peek() == 0x2d) this.position++;
      if (!this.digits()) return this.refuse("malformed number");
    }
    const value = new JsonValue(JsonKind.Number, start);
    value.text = this.textBetween(start, this.position);
    value.number = parseNumber(value.text);
    return value;
  }

  private word(start: i32): JsonValue | null {
    if (this.isNext("true") || this.isNext("false")) {
      const value = new JsonValue(JsonKind.Bool, start);
      value.bool = this.peek() == 0x74;
      this.position += value.bool ? 4 : 5;
      return value;
    }
    if (!this.isNext("null")) {
      return this.refuse(start < this.size ? "expected a value" : "the text ends too early");
    }
    this.position += 4;
    return new JsonValue(JsonKind.Null, start);
  }

  /** A string in quotes. Pieces without escapes are taken over at once. */
  private string(): string | null {
    this.position++;
    const pieces: string[] = [];
    let plain = this.position;
    while (this.position < this.size) {
      const byte = this.peek();
      if (byte == 0x22) {
        const last = this.textBetween(plain, this.position++);
        if (pieces.length == 0) return last;
        pieces.push(last);
        return pieces.join("");
      }
      if (byte < 0x20) return this.refuseString("a control character must be escaped");
      if (byte == 0x5c) {
        pieces.push(this.textBetween(plain, this.position++));
        const unit = this.escape();
        if (unit < 0) return null;
        pieces.push(String.fromCharCode(unit));
        plain = this.position;
      } else {
        this.position++;
      }
    }
    return this.refuseString("a string has no end");
  }

  /** The UTF-16 unit that an escape stands for, -1 if it is none. */
  private escape(): i32 {
    const byte = this.peek();
    this.position++;
    if (byte == 0x22 || byte == 0x5c || byte == 0x2f) return byte;
    if (byte == 0x6e) return 0x0a;
    if (byte == 0x74) return 0x09;
    if (byte == 0x72) return 0x0d;
    if (byte == 0x62) return 0x08;
    if (byte == 0x66) return 0x0c;
    if (byte == 0x75) return this.fourHexDigits();
    this.position--;
    this.refuseString("unknown escape");
    return -1;
  }

  private fourHexDigits(): i32 {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.peek();
      const letter = byte | 0x20;
      if (isDigit(byte)) unit = unit * 16 + byte - 0x30;
      else if (letter >= 0x61 && letter <= 0x66) unit = unit * 16 + letter - 0x57;
      else {
        this.refuseString("unknown escape");
        return -1;
      }
      this.position++;
    }
    return unit;
  }

  private digits(): bool {
    const start = this.position;
    while (isDigit(this.peek())) this.position++;
    return this.position > start;
  }

  private enter(): bool {
    if (this.depth == DEEPEST) {
      this.refuse("nested deeper than 16");
      return false;
    }
    this.depth++;
    this.position++;
    return true;
  }

  private leave(value: JsonValue): JsonValue {
    this.depth--;
    return value;
  }

  /** Is this the next character? Then it is taken. */
  private takes(byte: i32): bool {
    this.skipSpace();
    if (this.peek() != byte) return false;
    this.position++;
    return true;
  }

  private isNext(word: string): bool {
    for (let i = 0; i < word.length; i++) {
      if (this.at(this.position + i) != word.charCodeAt(i)) return false;
    }
    return true;
  }

  private skipSpace(): void {
    while (isSpace(this.peek())) this.position++;
  }

  /** The byte at the position; -1 at the end. */
  private peek(): i32 {
    return this.at(this.position);
  }

  private at(position: i32): i32 {
    return position < this.size ? <i32>byteAt(this.bytes, position) : -1;
  }

  private textBetween(start: i32, end: i32): string {
    return bytesToString(this.bytes, start, end - start);
  }

  private refuse(reason: string): JsonValue | null {
    this.error = reason;
    return null;
  }

  private refuseString(reason: string): string | null {
    this.error = reason;
    return null;
  }
}

function isDigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: i32): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}
