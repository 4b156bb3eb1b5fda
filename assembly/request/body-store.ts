// Where are the bytes of a request's body? Some in the module, some put back into the gateway, some released. All positions
// are offsets in the body, so that what was asked about, judged, put back and released can be compared.
import { BufferType, HeldBytes, Status } from "as-proxy-wasm";
import { Ledger } from "../ledger";

const BODY: BufferType = BufferType.HttpRequestBody;

@final
export class BodyStore {
  readonly held: HeldBytes = new HeldBytes();
  /** Offset of the first byte in `held`. */
  private base: u64 = 0;
  /** Bytes that came. */
  seen: u64 = 0;
  /** Up to here bytes were copied, to be asked about. */
  copied: u64 = 0;
  /** Up to here bytes lie in the gateway, or went on from there. */
  staged: u64 = 0;
  /** Up to here bytes went on. */
  released: u64 = 0;
  /** Bytes that are entered in the ledger. */
  private pinned: u64 = 0;

  constructor(private readonly ledger: Ledger) {}

  /** The bytes from `start` to `end` are in the module. */
  has(start: u64, end: u64): bool {
    return start == end || (start >= this.base && end <= this.base + u64(this.held.length));
  }

  /** Offset in `held` of a byte of the body. */
  offsetOf(position: u64): u32 {
    return u32(position - this.base);
  }

  /**
   * Copies the chunk whose callback is running: its `size` bytes begin at `start` of the buffer, and `room` of them are to be
   * asked about. The others are copied too if it `leaves` the gateway.
   */
  copy(start: u32, size: u32, room: u32, leaves: bool): bool {
    const wanted = leaves ? size : min(size, room);
    const before = this.held.length;
    const status = wanted == 0 ? Status.Ok : this.held.appendFromHost(BODY, start, wanted);
    const got = this.held.length - before;
    this.seen += size;
    this.copied += min(got, room);
    this.pin(size);
    return status == Status.Ok && got == wanted;
  }

  /** The chunk that was copied lies in the gateway, and nothing before it is missing there. */
  noteStaged(): void {
    this.staged = this.seen;
  }

  /** Puts what is in the module before the chunk whose callback is running, the last `size` bytes that came. */
  putBack(size: u32): Status {
    const from = this.offsetOf(this.staged);
    const missing = u32(this.seen - u64(size) - this.staged);
    this.staged = this.seen;
    return missing == 0 ? Status.Ok : this.held.prependRangeToHost(BODY, from, missing);
  }

  /** Appends to the gateway's buffer, the stream's own, up to `end` of what is in the module. */
  write(end: u64): Status {
    const from = this.offsetOf(this.staged);
    const length = u32(end - this.staged);
    this.staged = end;
    return this.held.appendToHost(BODY, from, length);
  }

  /** All that lies in the gateway goes on. What went on is not needed here any more. */
  noteReleased(): void {
    this.released = this.staged;
    const gone = u32(min(this.released - this.base, u64(this.held.length)));
    if (gone > 0) this.held.dropFront(gone);
    this.base += gone;
  }

  /** The gateway keeps nothing of what went on. */
  unpinReleased(): void {
    const left = this.seen - this.released;
    if (this.pinned > left) this.unpin(u32(this.pinned - left));
  }

  /** Frees what is in the module; what lies in the gateway stays in the ledger. */
  clear(): void {
    this.held.clear();
    this.base = this.seen;
  }

  /** Nothing of the body is held any more, anywhere. */
  forget(): void {
    this.clear();
    this.unpin(u32(this.pinned));
  }

  private pin(bytes: u32): void {
    this.pinned += bytes;
    this.ledger.noteHeld(bytes);
  }

  private unpin(bytes: u32): void {
    this.pinned -= bytes;
    this.ledger.noteReleased(bytes);
  }
}
