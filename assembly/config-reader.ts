// Is a parameter what it may be? Reads single values of a JSON object and keeps the first error, in one form: the key, its
// value, what is allowed.
import { ByteWriter, decimalText, hashBytes } from "as-proxy-wasm";
import { lowerCase } from "./ascii";
import { isHeaderName } from "./header-name";
import { JsonKind, JsonValue, parseJson } from "as-proxy-wasm/json";
import { printable } from "./telemetry";

const MAX_SHOWN: i32 = 80;
const MAX_WARNINGS: i32 = 20;
const MAX_HEADER_NAME: i32 = 128;

export class ConfigReader {
  error: string = "";
  private object: JsonValue | null = null;
  private readonly known: string[] = [];
  /** What each parameter that was asked for means, defaults too. */
  private readonly settings: ByteWriter = new ByteWriter();

  constructor(json: ArrayBuffer) {
    const result = parseJson(json);
    const value = result.value;
    if (value === null) {
      this.error =
        "configuration is not JSON: " + result.error + " at byte " + decimalText(result.position);
    } else if (value.kind != JsonKind.Object) {
      this.error = "configuration is " + describe(value) + "; allowed: a JSON object";
    } else {
      this.object = value;
      const twice = value.duplicateKey();
      if (twice !== null) {
        this.error = shorten(twice) + ": stands in the configuration twice; allowed: once";
      }
    }
  }

  get hasError(): bool {
    return this.error.length > 0;
  }

  required(key: string, allowed: string): string {
    const value = this.find(key);
    if (value === null) this.fail(key + ": is missing; allowed: " + allowed);
    else if (value.kind != JsonKind.String) this.refuse(key, allowed);
    else return this.settled(key, value.text);
    return "";
  }

  text(key: string, fallback: string): string {
    const value = this.find(key);
    if (value !== null && value.kind != JsonKind.String) this.refuse(key, "a string");
    return this.settled(key, value === null ? fallback : value.text);
  }

  /** An array of strings; empty where there is none. */
  texts(key: string, allowed: string): string[] {
    const texts: string[] = [];
    const value = this.find(key);
    if (value === null) return texts;
    if (value.kind != JsonKind.Array) this.refuse(key, "an array of strings");
    for (let i = 0; i < value.items.length; i++) {
      const item = unchecked(value.items[i]);
      if (item.kind != JsonKind.String) this.refuseItem(key, i, allowed);
      texts.push(this.settled(key, item.text));
    }
    return texts;
  }

  bool(key: string, fallback: bool): bool {
    const value = this.find(key);
    if (value !== null && value.kind != JsonKind.Bool) this.refuse(key, "true, false");
    const is = value === null ? fallback : value.bool;
    this.settled(key, is ? "true" : "false");
    return is;
  }

  /** Index of the value among `allowed`. */
  choice(key: string, allowed: string[], fallback: i32): i32 {
    const value = this.find(key);
    let index = fallback;
    if (value !== null) index = value.kind == JsonKind.String ? allowed.indexOf(value.text) : -1;
    if (index < 0) this.refuse(key, allowed.join(", "));
    index = max(index, 0);
    this.settled(key, unchecked(allowed[index]));
    return index;
  }

  integer(key: string, fallback: i64, least: i64, most: i64, unit: string): i64 {
    const value = this.find(key);
    const isInRange =
      value === null ||
      (value.isInteger() && value.number >= f64(least) && value.number <= f64(most));
    if (!isInRange) {
      this.refuse(
        key,
        "an integer from " + decimalText(least) + " to " + decimalText(most) + " (" + unit + ")",
      );
    }
    const number = value === null || !isInRange ? fallback : i64(value.number);
    this.settled(key, decimalText(number));
    return number;
  }

  /** A header's name, in lower case (RFC 9110 §5.1: a token). */
  headerName(key: string, fallback: string): string {
    const value = this.find(key);
    const isName = value === null || (value.kind == JsonKind.String && isShortName(value.text));
    if (!isName) this.refuse(key, "the name of a header, like X-Forwarded-For");
    return this.settled(key, value === null || !isName ? fallback : lowerCase(value.text));
  }

  /**
   * 16 bytes that are the same for configurations that mean the same. All that was asked for is in there, so that no parameter
   * can be forgotten.
   */
  fingerprint(): ArrayBuffer {
    const settings = this.settings.toArrayBuffer();
    const both = new ByteWriter();
    both.writeU64BE(hashBytes(settings, 0, 1));
    both.writeU64BE(hashBytes(settings, 2, 3));
    return both.toArrayBuffer();
  }

  refuse(key: string, allowed: string): void {
    const value = this.find(key);
    this.refuseValue(key, value, allowed);
  }

  /** One of an array. */
  refuseItem(key: string, index: i32, allowed: string): void {
    const value = this.find(key);
    if (value === null) return;
    this.refuseValue(key + "[" + decimalText(index) + "]", unchecked(value.items[index]), allowed);
  }

  /** A line for each key that nobody asked for, the first MAX_WARNINGS of them. */
  warnings(): string[] {
    const lines: string[] = [];
    const object = this.object;
    if (object === null) return lines;
    for (let i = 0; i < object.keys.length && lines.length < MAX_WARNINGS; i++) {
      const key = unchecked(object.keys[i]);
      if (this.known.includes(key)) continue;
      lines.push(
        "configuration: " + shorten(key) + " is no parameter of this policy and is ignored",
      );
    }
    return lines;
  }

  /** Null where the key is absent or null: forms send null for a field that was left empty. */
  private find(key: string): JsonValue | null {
    if (!this.known.includes(key)) this.known.push(key);
    const object = this.object;
    if (object === null) return null;
    const value = object.get(key);
    return value === null || value.kind == JsonKind.Null ? null : value;
  }

  /** Keeps what a parameter means, and gives it back. */
  private settled(key: string, value: string): string {
    this.settings.writeU32BE(key.length);
    this.settings.writeString(key);
    this.settings.writeU32BE(value.length);
    this.settings.writeString(value);
    return value;
  }

  private refuseValue(what: string, value: JsonValue | null, allowed: string): void {
    const shown = value === null ? "nothing" : describe(value);
    this.fail(what + ": " + shown + " is not allowed; allowed: " + allowed);
  }

  private fail(error: string): void {
    if (!this.hasError) this.error = error;
  }
}

function describe(value: JsonValue): string {
  switch (value.kind) {
    case JsonKind.String:
      return '"' + shorten(withoutUserInfo(value.text)) + '"';
    case JsonKind.Number:
      return shorten(value.text);
    case JsonKind.Bool:
      return value.bool ? "true" : "false";
    case JsonKind.Array:
      return "an array";
    case JsonKind.Object:
      return "an object";
    default:
      return "null";
  }
}

/** Values are shown so that users recognise them, but a URL's user info may be a password. */
function withoutUserInfo(text: string): string {
  const at = text.lastIndexOf("@");
  const scheme = text.indexOf("://");
  if (at < 0) return text;
  return (
    (scheme < 0 || scheme > at ? "" : text.substring(0, scheme + 3)) + "***" + text.substring(at)
  );
}

function shorten(text: string): string {
  return printable(text.length > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text);
}

function isShortName(text: string): bool {
  return text.length <= MAX_HEADER_NAME && isHeaderName(text);
}
