/**
 * Where do all decisions of an input come from? From one list of numbers: drawn from a seed, kept while they are drawn, and
 * drawn again from what was kept. So any find can be repeated, and made smaller by making the list smaller.
 */

/** The choice that is 0 is always the plainest one: a list of zeros is the smallest input. */
export class Choices {
  /** What was drawn so far. */
  readonly drawn: number[] = [];
  #state: number;
  readonly #replayed: readonly number[] | null;

  private constructor(state: number, replayed: readonly number[] | null) {
    this.#state = state;
    this.#replayed = replayed;
  }

  static seeded(seed: number, index: number): Choices {
    return new Choices(
      (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0,
      null,
    );
  }

  /** Behind the end of the list everything is 0. */
  static replayed(list: readonly number[]): Choices {
    return new Choices(0, list);
  }

  /** An integer from 0 to `limit - 1`. */
  int(limit: number): number {
    const value = this.#replayed === null ? this.#random(limit) : this.#next(limit);
    this.drawn.push(value);
    return value;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.int(times) === times - 1;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** One of the values, each as often as the number before it says. */
  weighted<T>(...entries: readonly (readonly [weight: number, value: T])[]): T {
    let total = 0;
    for (const [weight] of entries) total += weight;
    let at = this.int(total);
    for (const [weight, value] of entries) {
      if (at < weight) return value;
      at -= weight;
    }
    throw new Error("weights are positive");
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.int(256);
    return bytes;
  }

  #next(limit: number): number {
    return (this.#replayed![this.drawn.length] ?? 0) % limit;
  }

  /** mulberry32: a 32-bit state is enough for one input. */
  #random(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  }
}
