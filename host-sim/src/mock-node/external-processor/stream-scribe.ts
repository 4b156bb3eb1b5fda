/**
 * Which pieces of a streamed body become entries of the journal? Envoy sends a large body in hundreds of them: those in which
 * nothing happened are told together, with the next one in which something did, or with the last.
 */
import type { JoinedRequest } from "../connector/part-joiner.ts";
import { Scribe, type Outcome } from "../connector/scribe.ts";

export class StreamScribe extends Scribe {
  /** Bytes of the body that the journal has been told of. */
  readonly #told = new WeakMap<JoinedRequest, number>();

  override message(outcome: Outcome): void {
    const { message, joined, attacks, action, faults } = outcome;
    if (message.type !== "part" || joined === undefined) {
      super.message(outcome);
      return;
    }
    const quiet = attacks.length === 0 && action === "pass" && faults.length === 0;
    if (quiet && !message.last) return;
    const untold = joined.received - (this.#told.get(joined) ?? 0);
    this.#told.set(joined, joined.received);
    const body = untold > 0 ? joined.body.subarray(-untold) : new Uint8Array();
    super.message({ ...outcome, message: { ...message, body } });
  }
}
