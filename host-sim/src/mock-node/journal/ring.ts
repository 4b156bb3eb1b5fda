/** How are the last entries kept, bounded in number and bytes? */

export class Ring<T> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #sizeOf: (entry: T) => number;
  #entries: T[] = [];
  #first = 0;
  #bytes = 0;

  constructor(maxEntries: number, maxBytes: number, sizeOf: (entry: T) => number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
  }

  get size(): number {
    return this.#entries.length - this.#first;
  }

  /** The newest entry is always kept, even if it alone is over the bytes. */
  push(entry: T): void {
    this.#entries.push(entry);
    this.#bytes += this.#sizeOf(entry);
    while (this.size > this.#maxEntries || (this.#bytes > this.#maxBytes && this.size > 1)) {
      this.#bytes -= this.#sizeOf(this.#entries[this.#first]!);
      (this.#entries as Array<T | undefined>)[this.#first] = undefined;
      this.#first += 1;
    }
    // Moving the rest only when half is empty keeps a push at constant cost on average.
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  *newestFirst(): Generator<T> {
    for (let i = this.#entries.length - 1; i >= this.#first; i -= 1) yield this.#entries[i]!;
  }
}
