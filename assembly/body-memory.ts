// How many bytes of bodies are held in this VM? Its linear memory never shrinks and an allocation that fails traps, so
// that what all plugins of a VM hold together is bounded. This is the one thing that belongs to the VM and not to a root
// context: two plugins in one VM share one memory.

const MAX_HELD_BYTES: u64 = 64 * 1024 * 1024;

let heldBytes: u64 = 0;

export function noteHeld(bytes: u32): void {
  heldBytes += bytes;
}

export function noteReleased(bytes: u32): void {
  heldBytes -= bytes;
}

export function heldBytesOfVm(): u64 {
  return heldBytes;
}

/** True: what is held has to be asked about now, before more is taken. */
export function bodyMemoryIsShort(): bool {
  return heldBytes >= MAX_HELD_BYTES;
}
