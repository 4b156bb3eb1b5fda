// What is in a JSON text? Values that keep what a checker of configurations wants to know: the order of keys, repeated keys,
// numbers as written, and where each value stood.

export enum JsonKind {
  Null = 0,
  Bool = 1,
  Number = 2,
  String = 3,
  Array = 4,
  Object = 5,
}

/** Shared by all values that hold no others. */
const NO_KEYS: string[] = [];
const NO_ITEMS: JsonValue[] = [];

@final
export class JsonValue {
  /** Of a Bool. */
  bool: bool = false;
  /** Of a Number. */
  number: f64 = 0;
  /** Of a String: its text. Of a Number: as written. */
  text: string = "";
  /** Of an Object: its keys, in order, repeats kept; the value of `keys[i]` is `items[i]`. */
  readonly keys: string[];
  /** Of an Array or Object. */
  readonly items: JsonValue[];

  constructor(
    readonly kind: JsonKind,
    /** Offset in bytes of its first character. */
    readonly position: i32,
  ) {
    this.keys = kind == JsonKind.Object ? [] : NO_KEYS;
    this.items = kind >= JsonKind.Array ? [] : NO_ITEMS;
  }

  /** Value of a key; of a repeated one the last, as in most readers. Null if this is no object or has no such key. */
  get(key: string): JsonValue | null {
    for (let i = this.keys.length - 1; i >= 0; i--) {
      if (unchecked(this.keys[i]) == key) return unchecked(this.items[i]);
    }
    return null;
  }

  /** The first key that stands there more than once; null if there is none. */
  duplicateKey(): string | null {
    for (let i = 1; i < this.keys.length; i++) {
      if (this.keys.indexOf(unchecked(this.keys[i])) < i) return unchecked(this.keys[i]);
    }
    return null;
  }

  /** Is it a number written as an integer (`12`, not `12.0` or `1e3`) that a double holds exactly? */
  isInteger(): bool {
    if (this.kind != JsonKind.Number || Math.abs(this.number) > 9007199254740991) return false;
    const text = this.text;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit == 0x2e || unit == 0x65 || unit == 0x45) return false;
    }
    return true;
  }
}

/** A value, or the reason why there is none. */
@final
export class JsonResult {
  constructor(
    readonly value: JsonValue | null,
    /** Why the text was refused; empty if it was not. */
    readonly error: string,
    /** Offset in bytes of the first character that was refused. */
    readonly position: i32,
  ) {}
}
