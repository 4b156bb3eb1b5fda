// What does one part of a request, or of a response, carry of a body and its end?
import { HeaderPairs, HeldBytes } from "as-proxy-wasm";
import { BodyMemory } from "../body-memory";

export class BodyPart {
  number: u32 = 0;
  last: bool = true;
  /** Bytes to take from the front of `held`. */
  length: u32 = 0;
  held: HeldBytes | null = null;
  /** Where `held` is counted, if it is this part's alone: whoever tells the part frees it, when it will not be told again. */
  memory: BodyMemory | null = null;
  /** Bytes of the body seen so far, in all parts. */
  bodySize: u64 = 0;
  truncated: bool = false;
  trailers: HeaderPairs | null = null;

  release(): void {
    const held = this.held;
    const memory = this.memory;
    if (memory === null || held === null) return;
    this.memory = null;
    memory.noteReleased(held.length);
    held.clear();
  }
}
