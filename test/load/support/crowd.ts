/** How do thousands of requests wait at a gateway at once? On a few connections of HTTP/2, as many streams on each as it takes. */
import { constants } from "node:http2";
import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Target } from "../../support/client.ts";
import { eventually } from "../../support/deadline.ts";
import { Http2Client } from "../../support/http2-client.ts";

const { NGHTTP2_NO_ERROR } = constants;
/** Envoy's default for one connection is 1,024 (since 1.36). */
const STREAMS = 1_000;

export class Crowd {
  readonly #target: Target;
  readonly #clients: Http2Client[] = [];
  readonly #streams: ClientHttp2Stream[] = [];
  /**
   * Answers so far, by status; `reset` for those without one. `ended`: a whole answer, for NO_ERROR follows one (RFC 9113, 8.1),
   * whose head Node.js does not give any more to a stream that is written to.
   */
  readonly answers = new Map<number | "ended" | "reset", number>();

  constructor(target: Target) {
    this.#target = target;
  }

  get size(): number {
    return this.#streams.length;
  }

  get answered(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Opens `count` streams; those with `ends` are whole requests. */
  open(count: number, headers: OutgoingHttpHeaders, ends: boolean): void {
    for (let i = 0; i < count; i++) {
      if (this.#streams.length % STREAMS === 0) this.#clients.push(new Http2Client(this.#target));
      const stream = this.#clients.at(-1).open(headers, ends);
      let status: number | undefined;
      stream.on("response", (got) => void (status = Number(got[":status"])));
      stream.on("close", () => {
        const answer = status ?? (stream.rstCode === NGHTTP2_NO_ERROR ? "ended" : "reset");
        this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      });
      stream.resume();
      this.#streams.push(stream);
    }
  }

  /** A byte of body on each stream that is still open. */
  drip(): void {
    for (const stream of this.#streams) if (!stream.closed && stream.writable) stream.write("x");
  }

  async allAnswered(): Promise<void> {
    const what = `${this.size} answers`;
    await eventually(what, () => this.answered === this.size, 60_000);
  }

  leave(): void {
    for (const client of this.#clients) client.close();
  }
}
