// How much of what no node has taken yet may be kept for one node? All that nobody waits for and that is on its way, to all nodes of
// this VM, has one room. A node may have up to twice what is left of it: one alone gets as far as 16 MiB, and beside one
// that is stuck there is always room for others.

/** For all nodes of all policies in this VM: it is their common memory that is bounded. */
const ROOM: u32 = 24 * 1024 * 1024;
let total: u32 = 0;

@final
export class Share {
  private held: u32 = 0;

  /** One that is larger than the room has to go too, where nothing else is there. */
  hasRoomFor(bytes: u32): bool {
    if (total == 0) return true;
    const wanted = u64(total) + bytes;
    return wanted <= ROOM && u64(this.held) + bytes <= 2 * (ROOM - wanted);
  }

  take(bytes: u32): void {
    this.held += bytes;
    total += bytes;
  }

  giveBack(bytes: u32): void {
    this.held -= bytes;
    total -= bytes;
  }
}
