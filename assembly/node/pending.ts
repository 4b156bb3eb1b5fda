// What do we wait for the host to call back about? Kept by the host's token; what is late is given up at a tick.
import { Identified, IdTable } from "as-proxy-wasm";

export abstract class Pending extends Identified {
  /** The tick of the policy's timer from which on it is late. */
  lateAtTick: i32 = i32.MAX_VALUE;

  abstract giveUp(): void;
}

/** Takes out and gives up what is late at `tick`. */
export function expire(waiting: IdTable, tick: i32): void {
  const all = waiting.all();
  for (let i = 0; i < all.length; i++) {
    const pending = changetype<Pending>(unchecked(all[i]));
    if (tick < pending.lateAtTick || waiting.find(pending.tableId) !== pending) continue;
    waiting.take(pending.tableId);
    pending.giveUp();
  }
}
