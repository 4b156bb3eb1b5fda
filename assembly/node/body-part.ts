// What does one part of a request, or of a response, carry of a body and its end?
import { HeaderPairs, HeldBytes } from "as-proxy-wasm";

export class BodyPart {
  number: u32 = 0;
  last: bool = true;
  /** Bytes to take from the front of `held`. */
  length: u32 = 0;
  held: HeldBytes | null = null;
  /** Bytes of the body seen so far, in all parts. */
  bodySize: u64 = 0;
  truncated: bool = false;
  trailers: HeaderPairs | null = null;
}
