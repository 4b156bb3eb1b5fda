// What do we wait for the host to call back about? Kept by the host's token; what is late is given up at a tick.
import { Identified } from "as-proxy-wasm";

export abstract class Pending extends Identified {
  /** The tick of the policy's timer from which on it is late. */
  lateAtTick: i32 = i32.MAX_VALUE;
}
