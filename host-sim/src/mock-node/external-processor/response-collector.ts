/** What is the response, once all its messages have come? Its pieces become one message, as connectors send it. */
import type { NameValue, ResponseMessage } from "../contract/messages.ts";
import type { HttpBody, HttpHeaders, HttpTrailers } from "./messages.ts";
import { pairsOf } from "./request-message.ts";

export class ResponseCollector {
  /** No message of the response has come yet. */
  begun = false;
  ended = false;
  readonly #keepBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #kept = 0;
  #size = 0;
  #time = 0;
  #headers: NameValue[] = [];
  #trailers: NameValue[] | undefined;

  /** Of the body so much is kept; the rest is counted. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  begin(now: number): void {
    if (!this.begun) this.#time = now * 1000;
    this.begun = true;
  }

  addHeaders({ headers, endOfStream }: HttpHeaders): void {
    this.#headers = pairsOf(headers);
    this.ended = endOfStream;
  }

  addBody({ body, endOfStream }: HttpBody): void {
    // A copy: a view would keep the whole message alive.
    const kept = Uint8Array.from(body.slice(0, this.#keepBytes - this.#kept));
    if (kept.length > 0) this.#pieces.push(kept);
    this.#kept += kept.length;
    this.#size += body.length;
    this.ended = endOfStream;
  }

  addTrailers({ trailers }: HttpTrailers): void {
    this.#trailers = pairsOf(trailers);
    this.ended = true;
  }

  /** `since`: when the request began, microseconds since the epoch. */
  message(id: string, since: number): ResponseMessage {
    return {
      type: "response",
      id,
      part: 0,
      last: true,
      time: this.#time,
      status: Number(this.#headers.find(([name]) => name === ":status")?.[1] ?? 0),
      duration: Math.max(0, this.#time - since),
      headers: this.#headers.filter(([name]) => !name.startsWith(":")),
      trailers: this.#trailers,
      body: Buffer.concat(this.#pieces),
      bodySize: this.#size,
      truncated: this.#size > this.#kept || !this.ended,
      aborted: false,
    };
  }
}
