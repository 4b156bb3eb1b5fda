/** Does a request still run that began before a change? Each change begins a generation; requests belong to the one they began in. */

export class Generations {
  #current = 0;
  readonly #active = new Map<number, number>();

  get current(): number {
    return this.#current;
  }

  /** The oldest generation that has a request, or the current one. */
  get oldest(): number {
    return Math.min(this.#current, ...this.#active.keys());
  }

  next(): void {
    this.#current++;
  }

  /** Returns what is to be called, once, when the request has ended. */
  begin(): () => void {
    const generation = this.#current;
    this.#active.set(generation, (this.#active.get(generation) ?? 0) + 1);
    return () => {
      const left = (this.#active.get(generation) ?? 1) - 1;
      if (left > 0) this.#active.set(generation, left);
      else this.#active.delete(generation);
    };
  }
}
