/**
 * When is it the turn of a part that has overtaken an earlier one? Calls travel over several connections, so a part waits
 * for those before it; but not longer than its connector would wait for the answer.
 */

type Wake = () => void;

export class PartTurns {
  readonly #waiting = new Map<string, Set<Wake>>();

  /** Resolves when `isNext` is true, or after `ms`. */
  async wait(id: string, isNext: () => boolean, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (!isNext()) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await this.#wake(id, left);
    }
  }

  /** A message of this request has come, and those behind it may have their turn. */
  joined(id: string): void {
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  #wake(id: string, ms: number): Promise<void> {
    const wakers = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, wakers);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        if (wakers.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      wakers.add(wake);
    });
  }
}
