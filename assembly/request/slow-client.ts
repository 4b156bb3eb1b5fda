// Does the client of a held request take too long to send it? Such requests give way when memory is full.
import { Tenant } from "../ledger";
import { RequestInspection } from "./request-inspection";

/** Younger requests are not judged by their pace. */
const LEAST_TICKS: i32 = 10;
/** Bytes of body for each tick of 100 ms since the request began. */
const PACE: u64 = 1024;

@final
export class SlowClient extends Tenant {
  constructor(
    private readonly inspection: RequestInspection,
    /** Tick of the policy's timers at which the request began. */
    private readonly since: i32,
  ) {
    super();
  }

  isSlow(tick: i32): bool {
    const age = tick - this.since;
    return (
      age >= LEAST_TICKS &&
      this.inspection.awaitsClient &&
      this.inspection.bodySeen < u64(age) * PACE
    );
  }

  evict(): void {
    this.inspection.evict();
  }
}
