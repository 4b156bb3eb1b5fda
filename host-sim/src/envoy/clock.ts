/** What time is it, and when does a timer fire? Real time for a gateway, time that a test moves for tests. */

export type TimerHandle = { readonly cancel: () => void };

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds since the epoch. */
  nowNs(): bigint;
  /** Nanoseconds since some moment; never goes back. */
  monotonicNs(): bigint;
  setTimeout(callback: () => void, milliseconds: number): TimerHandle;
}

export class RealClock implements Clock {
  // Date.now() has milliseconds only; filters measure durations in nanoseconds of this clock.
  private readonly origin = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

  now(): number {
    return Date.now();
  }

  nowNs(): bigint {
    return this.origin + process.hrtime.bigint();
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint();
  }

  setTimeout(callback: () => void, milliseconds: number): TimerHandle {
    const timer = setTimeout(callback, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  }
}

interface ManualTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** Stands still until a test says `await clock.advance(ms)`. */
export class ManualClock implements Clock {
  private time: number;
  private readonly start: number;
  private readonly timers = new Set<ManualTimer>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.time = startMs;
    this.start = startMs;
  }

  now(): number {
    return Math.floor(this.time);
  }

  nowNs(): bigint {
    return BigInt(Math.round(this.time * 1000)) * 1000n;
  }

  monotonicNs(): bigint {
    // Not from 0: Go's runtime refuses to start where this clock says 0.
    return 1_000_000_000n + BigInt(Math.round((this.time - this.start) * 1000)) * 1000n;
  }

  setTimeout(callback: () => void, milliseconds: number): TimerHandle {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  /** Timers that would fire some day. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Moves time on; timers fire in order, each at its own time, and what they start may finish in between. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    for (let next = this.nextUntil(end); next !== undefined; next = this.nextUntil(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
    await settle();
  }

  private nextUntil(end: number): ManualTimer | undefined {
    let first: ManualTimer | undefined;
    for (const timer of this.timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}

/** Lets promises and callbacks run that are ready now. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
