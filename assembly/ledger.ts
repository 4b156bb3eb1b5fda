// How much memory do requests pin, and who gives way when it runs short? Everything that is held for a request is entered
// here: heads, bodies, trailers, messages, and what was put back into the gateway until the response begins. The module's
// memory never shrinks and an allocation that fails ends the VM, so the sum is bounded. It is the one thing that belongs to
// the VM and not to a root context: two plugins in one VM share one memory.

/** Of the limit: from here on bodies that may go on in parts do so, and nothing is held that could go. */
const SHORT_NUMERATOR: u64 = 3;
const SHORT_DENOMINATOR: u64 = 4;

let pinnedInVm: u64 = 0;

/** One request that waits for its client, in the order of arrival. */
export abstract class Tenant {
  older: Tenant | null = null;
  newer: Tenant | null = null;
  isListed: bool = false;

  /** Whether its client takes too long to send what it began. `tick` of the policy's timers. */
  abstract isSlow(tick: i32): bool;

  /** Gives up what it holds, now, and answers 408. */
  abstract evict(): void;
}

export class Ledger {
  /** Bytes that this policy's requests pin. */
  held: u64 = 0;
  private oldest: Tenant | null = null;
  private newest: Tenant | null = null;

  constructor(
    /** Bytes, for all policies of the VM together. */
    readonly limit: u64,
  ) {}

  /** What is pinned for all policies of the VM. */
  get pinnedInVm(): u64 {
    return pinnedInVm;
  }

  noteHeld(bytes: u32): void {
    this.held += bytes;
    pinnedInVm += bytes;
  }

  noteReleased(bytes: u32): void {
    this.held -= bytes;
    pinnedInVm -= bytes;
  }

  /** What may go on should go on. */
  get isShort(): bool {
    return pinnedInVm * SHORT_DENOMINATOR >= this.limit * SHORT_NUMERATOR;
  }

  hasRoomFor(bytes: u32): bool {
    return pinnedInVm + u64(bytes) <= this.limit;
  }

  /** Evicts slow clients' requests, the oldest first, until there is room. False: there is none. */
  makeRoomFor(bytes: u32, tick: i32): bool {
    let tenant = this.oldest;
    while (tenant !== null && !this.hasRoomFor(bytes)) {
      const next = tenant.newer;
      if (tenant.isSlow(tick)) tenant.evict();
      tenant = next;
    }
    return this.hasRoomFor(bytes);
  }

  list(tenant: Tenant): void {
    if (tenant.isListed) return;
    tenant.isListed = true;
    const newest = this.newest;
    tenant.older = newest;
    if (newest !== null) newest.newer = tenant;
    else this.oldest = tenant;
    this.newest = tenant;
  }

  unlist(tenant: Tenant): void {
    if (!tenant.isListed) return;
    tenant.isListed = false;
    const older = tenant.older;
    const newer = tenant.newer;
    if (older !== null) older.newer = newer;
    else this.oldest = newer;
    if (newer !== null) newer.older = older;
    else this.newest = older;
    tenant.older = null;
    tenant.newer = null;
  }
}
