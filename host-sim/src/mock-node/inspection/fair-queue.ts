/**
 * Whose turn is it? Each client has a queue of its own and they take turns, so that one who sends much waits for himself. When
 * there is no room, the newest of whoever has most waiting has to go.
 */
export class FairQueue<T> {
  readonly #most: number;
  readonly #queues = new Map<string, T[]>(); // the next one first
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns what has to go; that may be the item itself. */
  push(client: string, item: T): T | undefined {
    const queue = this.#queues.get(client);
    if (queue) queue.push(item);
    else this.#queues.set(client, [item]);
    this.#size += 1;
    return this.#size > this.#most ? this.#dropFromLongest() : undefined;
  }

  shift(): T | undefined {
    for (const [client, queue] of this.#queues) {
      const item = queue.shift();
      this.#queues.delete(client);
      if (queue.length > 0) this.#queues.set(client, queue); // behind all others
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  remove(client: string, item: T): void {
    const queue = this.#queues.get(client);
    const at = queue?.indexOf(item) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    this.#size -= 1;
    if (queue.length === 0) this.#queues.delete(client);
  }

  #dropFromLongest(): T | undefined {
    let [longest, length] = ["", 0];
    for (const [client, queue] of this.#queues) {
      if (queue.length > length) [longest, length] = [client, queue.length];
    }
    const item = this.#queues.get(longest)?.at(-1);
    if (item !== undefined) this.remove(longest, item);
    return item;
  }
}
