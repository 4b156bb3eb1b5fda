// How many bytes of bodies are held, by one policy and in this VM? Its linear memory never shrinks and an allocation that
// fails traps, so that what all plugins of a VM hold together is bounded. That sum is the one thing that belongs to the VM
// and not to a root context: two plugins in one VM share one memory.

const MAX_HELD_BYTES: u64 = 64 * 1024 * 1024;

/** Of these, so many may be kept for telling them again: what is kept in vain is small beside what is collected. */
const MAX_KEPT_BYTES: u64 = MAX_HELD_BYTES / 4;

let heldInVm: u64 = 0;

/** What one policy holds. */
export class BodyMemory {
  held: u64 = 0;

  noteHeld(bytes: u32): void {
    this.held += bytes;
    heldInVm += bytes;
  }

  noteReleased(bytes: u32): void {
    this.held -= bytes;
    heldInVm -= bytes;
  }
}

/** Whether bytes that were told may stay until their answer comes. */
export function mayKeepTold(): bool {
  return heldInVm <= MAX_KEPT_BYTES;
}

/** True: what is held has to be asked about now, before more is taken. */
export function bodyMemoryIsShort(): bool {
  return heldInVm >= MAX_HELD_BYTES;
}
