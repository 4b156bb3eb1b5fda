// Which bytes of a body wait to be told to the node? Taken from the host chunk by chunk, given to a message, then freed.
import { BufferType, HeldBytes, Status } from "as-proxy-wasm";
import { Ledger } from "./ledger";

export class BodyCollector {
  readonly held: HeldBytes = new HeldBytes();
  /** Bytes of the body that passed by, taken or not. */
  seen: u64 = 0;
  /** Nobody will have its bytes: they are counted and not taken. */
  private isBlind: bool = false;
  private counted: u32 = 0;

  constructor(
    private readonly source: BufferType,
    private readonly memory: Ledger,
  ) {}

  get length(): u32 {
    return this.held.length + this.counted;
  }

  /** Those that wait; null where they are only counted. */
  get bytes(): HeldBytes | null {
    return this.isBlind ? null : this.held;
  }

  /** Takes at most `limit` of the `size` bytes of the chunk whose callback is running; false if the host fails to give it. */
  take(size: u32, limit: u32): bool {
    this.seen += size;
    const wanted = min(size, limit);
    if (wanted == 0) return true;
    if (this.isBlind) {
      this.counted += wanted;
      return true;
    }
    const before = this.held.length;
    const status = this.held.appendFromHost(this.source, 0, wanted);
    this.memory.noteHeld(this.held.length - before);
    return status == Status.Ok && this.held.length - before == wanted;
  }

  /** Frees the first `length` bytes: a message has them. */
  drop(length: u32): void {
    if (length == 0) return;
    if (this.isBlind) {
      this.counted -= length;
      return;
    }
    const before = this.held.length;
    this.held.dropFront(length);
    this.memory.noteReleased(before - this.held.length);
  }

  /** Hands all bytes over, to be released by the taker. */
  give(): HeldBytes {
    return this.held.takeAll();
  }

  clear(): void {
    this.memory.noteReleased(this.held.length);
    this.held.clear();
    this.counted = 0;
  }

  /** From now on bytes are counted as if they were taken, so that the messages are that they would have been. */
  goBlind(): void {
    if (this.isBlind) return;
    const length = this.held.length;
    this.clear();
    this.isBlind = true;
    this.counted = length;
  }
}
