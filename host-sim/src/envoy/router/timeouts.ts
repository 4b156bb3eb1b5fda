/** How long may an answer take, of one try and in all? (Envoy: FilterUtility::finalTimeout) */
import type { Route } from "../route.ts";
import { durationMs } from "./route-policies.ts";

export class Timeouts {
  /** Milliseconds from the end of the request on; 0: no limit. */
  readonly totalMs: number;
  /** The same for one try. A limit that the whole one cuts short is none. */
  readonly perTryMs: number;
  /** A try that takes too long goes on beside the next. */
  readonly hedges: boolean;

  constructor({ timeoutMs, policies }: Route) {
    this.totalMs = timeoutMs;
    const perTry = durationMs(policies?.retryPolicy?.perTryTimeout ?? "0s");
    this.perTryMs = timeoutMs > 0 && perTry >= timeoutMs ? 0 : perTry;
    this.hedges = policies?.hedgePolicy?.hedgeOnPerTryTimeout === true;
  }

  /** What the upstream is given as `x-envoy-expected-rq-timeout-ms`; `undefined`: nothing. */
  expected(elapsedMs: number): string | undefined {
    const left = this.totalMs === 0 ? 0 : this.totalMs - elapsedMs;
    const expected = Math.round((!this.hedges && this.perTryMs) || left);
    return expected > 0 ? String(expected) : undefined;
  }
}
