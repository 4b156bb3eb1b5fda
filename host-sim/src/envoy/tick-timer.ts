/** When does a root context tick? Once a period, as the guest has set it; the next one is armed when a tick has returned. */
import type { Clock, TimerHandle } from "./clock.ts";

export class TickTimer {
  private period = 0;
  private timer: TimerHandle | null = null;
  private readonly clock: Clock;
  private readonly onTick: () => void;

  constructor(clock: Clock, onTick: () => void) {
    this.clock = clock;
    this.onTick = onTick;
  }

  /** In milliseconds; 0: no more ticks. */
  setPeriod(period: number): void {
    this.timer?.cancel();
    this.timer = null;
    this.period = period;
    if (period > 0) this.arm();
  }

  private arm(): void {
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      this.onTick();
      // The tick itself may have changed the period, or ended the context.
      if (this.timer === null && this.period > 0) this.arm();
    }, this.period);
  }
}
