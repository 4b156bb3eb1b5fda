/** How does a request end that no upstream gets? Later, as any other failure: a caller expects no answer while it still asks. */
import type { StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";

export class RefusedStream implements UpstreamRequest {
  readonly #callbacks: UpstreamCallbacks;
  readonly #reason: StreamResetReason;
  readonly #details: string;
  #done = false;

  constructor(callbacks: UpstreamCallbacks, reason: StreamResetReason, details: string) {
    this.#callbacks = callbacks;
    this.#reason = reason;
    this.#details = details;
  }

  encodeHeaders(): void {
    queueMicrotask(() => {
      if (this.#done) return;
      this.#done = true;
      this.#callbacks.onResetStream(this.#reason, this.#details);
    });
  }

  encodeData(): void {}
  encodeTrailers(): void {}
  readDisable(): void {}

  resetStream(): void {
    this.#done = true;
  }
}
