/**
 * What is a list of HTTP headers? Names and values are byte strings (one char a byte, U+0000–U+00FF), order and repeats
 * are kept, names are lower case. Pseudo headers (`:method` …) come first, as in Envoy's HeaderMapImpl.
 */
import { isInline, type MapKind } from "./inline-headers.ts";

export type HeaderEntry = [name: string, value: string];

export class HeaderMap {
  readonly entries: HeaderEntry[] = [];
  /** `any` keeps every entry apart; the other kinds join headers that Envoy keeps as one. */
  readonly kind: MapKind;

  constructor(entries: Iterable<readonly [string, string]> = [], kind: MapKind = "any") {
    this.kind = kind;
    for (const [name, value] of entries) this.add(name, value);
  }

  /** All values of `name`, joined by a comma as Envoy tells them; `undefined` if there is none. */
  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(",");
  }

  getAll(name: string): string[] {
    const wanted = this.key(name);
    return this.entries.filter(([each]) => each === wanted).map(([, value]) => value);
  }

  /** The first value of `name`: all that `proxy_get_header_map_value` tells. */
  getFirst(name: string): string | undefined {
    const wanted = this.key(name);
    return this.entries.find(([each]) => each === wanted)?.[1];
  }

  has(name: string): boolean {
    return this.getFirst(name) !== undefined;
  }

  /** Adds behind all others; a pseudo header goes before the ordinary ones. */
  add(name: string, value: string): void {
    const key = this.key(name);
    if (this.joined(key, value)) return;
    const entry: HeaderEntry = [key, value];
    if (!key.startsWith(":")) {
      this.entries.push(entry);
      return;
    }
    const firstOrdinary = this.entries.findIndex(([each]) => !each.startsWith(":"));
    this.entries.splice(firstOrdinary < 0 ? this.entries.length : firstOrdinary, 0, entry);
  }

  private joined(key: string, value: string): boolean {
    if (!isInline(this.kind, key)) return false;
    const found = this.entries.find(([each]) => each === key);
    if (found === undefined) return false;
    if (found[1] === "") found[1] = value;
    else if (value !== "") found[1] += `,${value}`;
    return true;
  }

  /** Gives `name` this one value, at the place of its first entry if there is one. */
  set(name: string, value: string): void {
    const wanted = this.key(name);
    const first = this.entries.findIndex(([each]) => each === wanted);
    if (first < 0) {
      this.add(wanted, value);
      return;
    }
    this.entries[first] = [wanted, value];
    for (let i = this.entries.length - 1; i > first; i--) {
      if (this.entries[i]![0] === wanted) this.entries.splice(i, 1);
    }
  }

  /** Gives `name` this one value, at the end: what a filter's replace does in Envoy (remove, then add). */
  replace(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
  }

  remove(name: string): void {
    const wanted = this.key(name);
    for (let i = this.entries.length - 1; i >= 0; i--) {
      if (this.entries[i]![0] === wanted) this.entries.splice(i, 1);
    }
  }

  clear(): void {
    this.entries.length = 0;
  }

  get size(): number {
    return this.entries.length;
  }

  /** Bytes of all names and values. */
  get byteSize(): number {
    return this.entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  [Symbol.iterator](): Iterator<HeaderEntry> {
    return this.entries[Symbol.iterator]();
  }

  /** In a request, `host` is another name of `:authority`. */
  private key(name: string): string {
    const lower = name.toLowerCase();
    return lower === "host" && this.kind === "request" ? ":authority" : lower;
  }
}
