/** Did a filter do what kills Envoy's process? Whoever waits for an answer gets that error instead. */
import type { SimulatorError } from "./wasm/errors.ts";

export class Crash {
  private error: SimulatorError | null = null;
  /** Somebody was thrown the error. */
  seen = false;

  happened(error: SimulatorError): void {
    this.error = error;
  }

  /** Throws the error, if there is one. */
  check(): void {
    if (this.error === null) return;
    this.seen = true;
    throw this.error;
  }
}
