/**
 * In which order are the requests of one connection served? One after the other, as Envoy does: node:http reads pipelined
 * requests ahead, so that a later one waits here until the answer to the one before has gone.
 */
import type { ServerResponse } from "node:http";

export class ConnectionQueue {
  readonly #waiting: { response: ServerResponse; start: () => void }[] = [];
  #current: ServerResponse | undefined;

  /** The answer to the request that is being served has begun. */
  get answerBegun(): boolean {
    return this.#current?.headersSent ?? false;
  }

  run(response: ServerResponse, start: () => void): void {
    if (this.#current !== undefined) {
      this.#waiting.push({ response, start });
      return;
    }
    this.#current = response;
    response.once("close", () => this.#next());
    start();
  }

  #next(): void {
    this.#current = undefined;
    const next = this.#waiting.shift();
    // Once the connection is gone nobody waits for the rest.
    if (next !== undefined && !next.response.destroyed) this.run(next.response, next.start);
  }
}
