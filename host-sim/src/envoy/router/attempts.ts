/** Which tries of one request are under way, and does another one follow? */
import type { Clock } from "../clock.ts";
import type { HeaderMap } from "../header-map.ts";
import type { Cluster, StreamResetReason } from "../http.ts";
import type { StreamInfo } from "../stream-info.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import { RetryState, type RetryDecision } from "./retry-state.ts";
import type { RetryPolicy } from "./route-policies.ts";

export class Attempts {
  private readonly clock: Clock;
  private readonly again: () => void;
  private retry: RetryState | null = null;
  /** The newest first; none of them has answered. */
  private running: Attempt[] = [];
  private waiting = 0;

  private readonly info: StreamInfo;

  constructor(clock: Clock, info: StreamInfo, sendAgain: () => void) {
    this.clock = clock;
    this.info = info;
    this.again = () => {
      this.waiting--;
      sendAgain();
    };
  }

  /** Takes the headers that ask for retries out of the request. */
  allow(policy: RetryPolicy | undefined, headers: HeaderMap): void {
    this.retry = RetryState.take(policy, headers, this.clock);
  }

  get mayRepeat(): boolean {
    return this.retry !== null;
  }

  repeatNoMore(): void {
    this.retry?.cancel();
    this.retry = null;
    this.waiting = 0;
  }

  get newest(): Attempt | undefined {
    return this.running[0];
  }

  /** Another try may still answer, or will be made. */
  get othersFollow(): boolean {
    return this.running.length > 0 || this.waiting > 0;
  }

  begin(owner: AttemptOwner, cluster: Cluster, headers: HeaderMap, endStream: boolean): Attempt {
    const attempt = new Attempt(owner);
    this.running.unshift(attempt);
    this.info.attempts += 1n;
    this.info.firstUpstreamTx ??= this.clock.monotonicNs();
    attempt.open(cluster, headers, endStream);
    return attempt;
  }

  /** The request is complete: the time of each try begins. */
  limitTime(milliseconds: number): void {
    for (const attempt of this.running) attempt.limitTime(milliseconds, this.clock);
  }

  drop(attempt: Attempt): void {
    attempt.discard();
    this.running = this.running.filter((each) => each !== attempt);
  }

  afterHeaders(attempt: Attempt, headers: HeaderMap): RetryDecision {
    if (this.retry === null) return "no";
    if (attempt.repeated) return this.retry.isReason(headers) ? "exhausted" : "no";
    const decision = this.retry.onHeaders(headers, this.again);
    if (decision === "retry") this.replace(attempt);
    return decision;
  }

  afterReset(attempt: Attempt, reason: StreamResetReason): RetryDecision {
    const sent = attempt.headersSent && reason !== "connection failure";
    const decision =
      this.retry === null || attempt.repeated ? "no" : this.retry.onReset(reason, sent, this.again);
    if (decision === "retry") this.replace(attempt);
    else this.drop(attempt);
    return decision;
  }

  /** The slow one goes on beside the next: the first good answer counts. */
  hedge(attempt: Attempt): void {
    if (attempt.repeated || this.retry?.onSlowTry(this.again) !== "retry") return;
    attempt.repeated = true;
    this.waiting++;
  }

  /** True if another one may still give a better answer than this one has. */
  leaveToOthers(attempt: Attempt): boolean {
    if (this.waiting === 0 && this.running.every((each) => each === attempt)) return false;
    this.drop(attempt);
    return true;
  }

  private replace(attempt: Attempt): void {
    this.waiting++;
    this.drop(attempt);
  }

  /** Its answer is the one that the client gets. */
  choose(attempt: Attempt): void {
    this.repeatNoMore();
    for (const each of this.running) if (each !== attempt) each.discard();
    this.running = [attempt];
  }

  /** All that is left of them ends. */
  end(): void {
    this.repeatNoMore();
    for (const attempt of this.running) attempt.discard();
    this.running = [];
  }
}
