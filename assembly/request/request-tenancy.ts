// What does a held request pin beside its body, and does it give way when memory is full? It does if its client takes too long to
// send what it began.
import { Ledger, Tenant } from "../ledger";
import { Timers } from "../timers";
import { RequestInspection } from "./request-inspection";

/** Younger requests are not judged by their pace. */
const LEAST_TICKS: i32 = 10;
/** Bytes of body for each tick of 100 ms since the request began. */
const PACE: u64 = 1024;

@final
export class RequestTenancy extends Tenant {
  private readonly since: i32;
  /** Bytes of the head and the trailers. */
  private pinned: u32 = 0;

  constructor(
    private readonly inspection: RequestInspection,
    private readonly ledger: Ledger,
    private readonly timers: Timers,
  ) {
    super();
    this.since = timers.tick;
  }

  isSlow(tick: i32): bool {
    const age = tick - this.since;
    const isTooSlow = this.inspection.bodySeen < u64(age) * PACE;
    return age >= LEAST_TICKS && isTooSlow && this.inspection.awaitsClient;
  }

  evict(): void {
    this.leave();
    this.inspection.evict();
  }

  /** The client is waited for. */
  waitForClient(): void {
    this.ledger.list(this);
  }

  /** Whether `bytes` more can be held, if need be in the place of slow clients' requests. */
  hasRoomFor(bytes: u32): bool {
    return this.ledger.makeRoomFor(bytes, this.timers.tick);
  }

  /** False: there is no room for it. */
  pin(bytes: u32): bool {
    if (!this.hasRoomFor(bytes)) return false;
    this.pinned += bytes;
    this.ledger.noteHeld(bytes);
    return true;
  }

  /** Nothing of head and trailers is held any more, and the client is not waited for. */
  leave(): void {
    this.ledger.unlist(this);
    this.ledger.noteReleased(this.pinned);
    this.pinned = 0;
  }
}
