/** Does anybody still wait for a verdict? The same question may have been asked by several calls. */
export class Askers {
  readonly #controller = new AbortController();
  #waiting = 0;

  /** Aborted when the last one has gone. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One without a signal waits to the end. */
  add(signal: AbortSignal | undefined): void {
    this.#waiting += 1;
    const gone = (): void => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort();
    };
    if (signal?.aborted) gone();
    else signal?.addEventListener("abort", gone, { once: true });
  }
}
