// How many requests may one callback let go or answer? In Envoy each local reply, and each continue that fails at once, runs
// inside the one before: some 300 in one callback end in a stack overflow and a VM that answers 503 for good
// (test/load/due-at-once.test.ts). So a few are carried out at once, and the rest with the callbacks that follow.
import { Wake } from "./wake";
import { Timers } from "./timers";

/** Nine filters in a row survive 150. */
const AT_ONCE: i32 = 32;

export interface Decided {
  /** Does to its stream what was decided. */
  carryOut(): void;
}

export class DecisionQueue {
  private left: i32 = 0;
  private waiting: Array<Decided> = new Array<Decided>();
  private next: i32 = 0;

  constructor(
    private readonly wake: Wake,
    private readonly timers: Timers,
  ) {}

  get isEmpty(): bool {
    return this.next == this.waiting.length;
  }

  /** To be called first in each callback of the root context: what waited is carried out, then there is room for more. */
  begin(): void {
    this.left = AT_ONCE;
    // What is added meanwhile waits for the next callback: only then the gateway has done what it was told in this one.
    const end = this.waiting.length;
    while (this.left > 0 && this.next < end) {
      this.left--;
      const decided = unchecked(this.waiting[this.next++]);
      decided.carryOut();
    }
    if (!this.isEmpty) this.askForCallback();
    else if (this.next > 0) {
      this.waiting = new Array<Decided>();
      this.next = 0;
    }
  }

  /** Carries it out now or, when this callback has done its share, with the next. */
  add(decided: Decided): void {
    if (this.left > 0 && this.isEmpty) {
      this.left--;
      decided.carryOut();
      return;
    }
    this.addForLater(decided);
  }

  /** For a stream that is not the one whose callback runs, or may not be touched in it. */
  addForLater(decided: Decided): void {
    this.waiting.push(decided);
    this.askForCallback();
  }

  private askForCallback(): void {
    if (!this.wake.ring()) this.timers.arm();
  }
}
