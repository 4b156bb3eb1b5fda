// Who waits for time to pass? The host's tick is our only timer. It runs only while somebody waits, for each policy of a
// gateway has one for each worker; its count serves as a clock that costs no hostcall.
import { setTickPeriodMilliseconds } from "as-proxy-wasm";

/** Length of a tick. Waits are counted in ticks, and the first may be shorter. */
export const TICK_MS: u32 = 100;
/** Past a call's time-out the host itself must have called back; after so many ticks more we stop believing in it. */
const GRACE_TICKS: u32 = 10;
/** Ticks without anybody waiting, after which the timer is stopped. */
const IDLE_TICKS: i32 = 20;

/** Whoever can wait. Those that do are a list that runs through themselves: it allocates nothing. */
export abstract class TickListener {
  nextWaiting: TickListener | null = null;
  previousWaiting: TickListener | null = null;
  isWaiting: bool = false;

  abstract onTick(tick: i32): void;
}

export class Timers {
  /** Ticks so far. */
  tick: i32 = 0;
  private isArmed: bool = false;
  private idleTicks: i32 = 0;
  private first: TickListener | null = null;
  /** Whose turn is next, while listeners are called. */
  private upcoming: TickListener | null = null;

  add(listener: TickListener): void {
    this.arm();
    if (listener.isWaiting) return;
    listener.isWaiting = true;
    const first = this.first;
    if (first !== null) first.previousWaiting = listener;
    listener.nextWaiting = first;
    this.first = listener;
  }

  remove(listener: TickListener): void {
    if (!listener.isWaiting) return;
    listener.isWaiting = false;
    const next = listener.nextWaiting;
    const previous = listener.previousWaiting;
    if (listener === this.upcoming) this.upcoming = next;
    if (next !== null) next.previousWaiting = previous;
    if (previous !== null) previous.nextWaiting = next;
    else this.first = next;
    listener.nextWaiting = null;
    listener.previousWaiting = null;
  }

  /** The tick from which on a call that begins now is given up, though the host has not. */
  callIsLateAt(timeoutMs: u32): i32 {
    return this.tick + i32(timeoutMs / TICK_MS + 1 + GRACE_TICKS);
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
    let listener = this.first;
    while (listener !== null) {
      // Who is called may remove itself and others; new ones come to the front.
      this.upcoming = listener.nextWaiting;
      listener.onTick(this.tick);
      listener = this.upcoming;
    }
    if (othersWait || this.first !== null) {
      this.idleTicks = 0;
      return;
    }
    this.idleTicks++;
    if (this.idleTicks < IDLE_TICKS) return;
    this.isArmed = false;
    // Nobody knows how long it will be: what was learnt before is as old as can be told.
    this.tick += IDLE_TICKS;
    setTickPeriodMilliseconds(0);
  }
}
