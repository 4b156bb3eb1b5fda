// Who waits for time to pass? The host's tick is our only timer. It runs only while somebody waits, for each policy of a
// gateway has one for each worker; its count serves as a clock that costs no hostcall.
import { setTickPeriodMilliseconds } from "as-proxy-wasm";

/** Length of a tick. Waits are counted in ticks, and the first may be shorter. */
export const TICK_MS: u32 = 100;
/** Ticks without anybody waiting, after which the timer is stopped. */
const IDLE_TICKS: i32 = 20;

export interface TickListener {
  onTick(tick: i32): void;
}

export class Timers {
  /** Ticks so far. */
  tick: i32 = 0;
  private isArmed: bool = false;
  private idleTicks: i32 = 0;
  private readonly listeners: Set<TickListener> = new Set<TickListener>();

  add(listener: TickListener): void {
    this.listeners.add(listener);
    this.arm();
  }

  remove(listener: TickListener): void {
    this.listeners.delete(listener);
  }

  /** Makes sure that ticks come for a while. */
  arm(): void {
    this.idleTicks = 0;
    if (this.isArmed) return;
    this.isArmed = true;
    setTickPeriodMilliseconds(TICK_MS);
  }

  /** `othersWait`: somebody who is not in the list needs the next tick too. */
  onTick(othersWait: bool): void {
    this.tick++;
    const listeners = this.listeners.values();
    for (let i = 0; i < listeners.length; i++) listeners[i].onTick(this.tick);
    if (othersWait || this.listeners.size > 0) {
      this.idleTicks = 0;
      return;
    }
    this.idleTicks++;
    if (this.idleTicks < IDLE_TICKS) return;
    this.isArmed = false;
    setTickPeriodMilliseconds(0);
  }
}
