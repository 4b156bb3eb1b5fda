/**
 * What is a list of HTTP headers? Names and values are byte strings (one char a byte, U+0000–U+00FF), order and repeats
 * are kept, names are lower case. Pseudo headers (`:method` …) come first, as in Envoy's HeaderMapImpl.
 */

export type HeaderEntry = [name: string, value: string];

export class HeaderMap {
  readonly entries: HeaderEntry[];

  constructor(entries: Iterable<readonly [string, string]> = []) {
    this.entries = [];
    for (const [name, value] of entries) this.add(name, value);
  }

  /** All values of `name`, joined by a comma as Envoy tells them; `undefined` if there is none. */
  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(",");
  }

  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.entries.filter(([each]) => each === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    return this.entries.some(([each]) => each === wanted);
  }

  /** Adds behind all others; a pseudo header goes before the ordinary ones. */
  add(name: string, value: string): void {
    const entry: HeaderEntry = [name.toLowerCase(), value];
    if (!name.startsWith(":")) {
      this.entries.push(entry);
      return;
    }
    const firstOrdinary = this.entries.findIndex(([each]) => !each.startsWith(":"));
    this.entries.splice(firstOrdinary < 0 ? this.entries.length : firstOrdinary, 0, entry);
  }

  /** Gives `name` this one value, at the place of its first entry if there is one. */
  set(name: string, value: string): void {
    const wanted = name.toLowerCase();
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

  remove(name: string): void {
    const wanted = name.toLowerCase();
    for (let i = this.entries.length - 1; i >= 0; i--) {
      if (this.entries[i]![0] === wanted) this.entries.splice(i, 1);
    }
  }

  get size(): number {
    return this.entries.length;
  }

  [Symbol.iterator](): Iterator<HeaderEntry> {
    return this.entries[Symbol.iterator]();
  }
}
