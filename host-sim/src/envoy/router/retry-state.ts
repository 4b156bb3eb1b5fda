/** Is a request sent again, how often, and when? One for each request whose route or headers ask for it (Envoy: RetryStateImpl). */
import type { Clock, TimerHandle } from "../clock.ts";
import type { HeaderMap } from "../header-map.ts";
import type { StreamResetReason } from "../http.ts";
import { failsByHeaders, failsByReset, readConditions } from "./retry-conditions.ts";
import { durationMs, type RetryPolicy } from "./route-policies.ts";

/** `no`: nothing to repeat; `exhausted`: it would be, had it not been repeated often enough. */
export type RetryDecision = "retry" | "exhausted" | "no";

const defaultBaseMs = 25;
/** The longest wait is so many times the shortest, unless the policy says otherwise. */
const maxFactor = 10;

const headerNames = [
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
];

export class RetryState {
  private readonly on: ReadonlySet<string>;
  private readonly codes: readonly number[];
  private readonly baseMs: number;
  private readonly maxMs: number;
  private readonly clock: Clock;
  private left: number;
  private tries = 0;
  private timer: TimerHandle | null = null;

  private constructor(policy: RetryPolicy, headers: HeaderMap, clock: Clock) {
    this.clock = clock;
    this.on = new Set([
      ...readConditions(policy.retryOn, false),
      ...readConditions(headers.getFirst("x-envoy-retry-on"), false),
      ...readConditions(headers.getFirst("x-envoy-retry-grpc-on"), true),
    ]);
    const asked = headers.getFirst("x-envoy-max-retries");
    this.left = /^\d+$/.test(asked ?? "") ? Number(asked) : (policy.numRetries ?? 1);
    const codes = (headers.getFirst("x-envoy-retriable-status-codes") ?? "").split(",");
    this.codes = [...(policy.retriableStatusCodes ?? []), ...codes.map(Number)];
    const backOff = policy.retryBackOff;
    this.baseMs = backOff === undefined ? defaultBaseMs : durationMs(backOff.baseInterval);
    const max = backOff?.maxInterval;
    this.maxMs = max === undefined ? this.baseMs * maxFactor : durationMs(max);
  }

  /** `null`: nobody asks for retries. The headers that ask for them go no further. */
  static take(
    policy: RetryPolicy | undefined,
    headers: HeaderMap,
    clock: Clock,
  ): RetryState | null {
    const state = new RetryState(policy ?? {}, headers, clock);
    for (const name of headerNames) headers.remove(name);
    return state.on.size > 0 ? state : null;
  }

  /** Would these headers be a reason, had there been no retry for this try yet? */
  isReason(headers: HeaderMap): boolean {
    return failsByHeaders(this.on, this.codes, headers);
  }

  onHeaders(headers: HeaderMap, again: () => void): RetryDecision {
    return this.decide(this.isReason(headers), again);
  }

  onReset(reason: StreamResetReason, sent: boolean, again: () => void): RetryDecision {
    return this.decide(failsByReset(this.on, reason, sent), again);
  }

  /** A slow try is repeated whatever the conditions are, and at once. */
  onSlowTry(again: () => void): RetryDecision {
    return this.decide(true, again, 0);
  }

  private decide(isReason: boolean, again: () => void, waitMs = this.backOffMs()): RetryDecision {
    this.cancel();
    if (!isReason) return "no";
    if (this.left === 0) return "exhausted";
    this.left--;
    this.tries++;
    this.timer = this.clock.setTimeout(again, waitMs);
    return "retry";
  }

  /** Envoy's fully jittered exponential back-off. */
  private backOffMs(): number {
    return Math.floor(Math.random() * Math.min(this.baseMs * 2 ** this.tries, this.maxMs));
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
