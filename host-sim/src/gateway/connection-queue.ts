/**
 * In which order are the requests of one connection served? One after the other, as Envoy does: node:http reads pipelined
 * requests ahead, so that a later one waits here until the answer to the one before has gone.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class ConnectionQueue {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  #current: ServerResponse | undefined;
  /** The request that was read last. */
  #last: IncomingMessage | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The answer to the request that is being served has begun. */
  get answerBegun(): boolean {
    return this.#current?.headersSent ?? false;
  }

  run(request: IncomingMessage, response: ServerResponse, start: () => void): void {
    this.#last = request;
    this.#inTurn(() => {
      this.#current = response;
      response.once("close", () => this.#next());
      start();
    });
  }

  /** Bytes that are no request have come: at once if they break the one that is being read, otherwise in their turn. */
  endWith(refuse: () => void): void {
    if (this.#last?.complete === true) this.#inTurn(refuse);
    else refuse();
  }

  #inTurn(start: () => void): void {
    if (this.#current !== undefined) this.#waiting.push(start);
    // What was sent behind a request that ended the connection (refused, or answered with its end) is no request any more.
    else if (!this.#socket.writableEnded && !this.#socket.destroyed) start();
  }

  #next(): void {
    this.#current = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#inTurn(next);
  }
}
