// What does one part of a request, or of a response, carry of a body and its end?
import { ByteWriter, HeaderPairs, HeldBytes } from "as-proxy-wasm";

@final
export class BodyPart {
  number: u32 = 0;
  last: bool = true;
  held: HeldBytes | null = null;
  /** Where its bytes begin in `held`. */
  offset: u32 = 0;
  length: u32 = 0;
  /** Bytes of the body seen so far, in all parts. */
  bodySize: u64 = 0;
  truncated: bool = false;
  /** The stream ended before what this is a part of. */
  aborted: bool = false;
  trailers: HeaderPairs | null = null;

  /** Writes at most `length` of its bytes. */
  writeBytesTo(out: ByteWriter, length: u32): void {
    const held = this.held;
    if (held !== null) held.writeRangeTo(out, this.offset, min(length, this.length));
  }
}
