// Where is a chunk of a held request's body kept: in the gateway, or in the module? What lies in the gateway unjudged goes along
// with whatever the router sends again, and is sent twice where the router keeps what it got; what is in the module can't always
// be put back. docs/rationale.md, "Why is a body held to its end?", has the reason for each line.
import { HoldEvent } from "./hold-table";
import { RouterKeeps } from "./hold";

/** Bytes; no buffer limit that is in use is below it. */
export const LEAST_BUFFER_LIMIT: u64 = 1024;

/** What is known of a request when a chunk of its body comes. */
@final
export class ChunkPlan {
  /** It expects answers before it ends: what came is asked about and let go at once. */
  isStream: bool = false;
  /** The length of the body is declared. */
  hasLength: bool = false;
  /** Trailers are announced, and no length: the end of the body does not show in a callback of the body. */
  endsInTrailers: bool = false;
  /** The head went on before its body, and the router may send it again: nothing unjudged may lie in the gateway. */
  mayBeRetried: bool = false;
  /** The head went on and asks the router to send nothing again: what is let go behind it may wait in the gateway. */
  isSentOnce: bool = false;

  /** Before the first release: `end` is the offset behind the chunk; `isLast`, `isFull`: nothing more comes, or may be held. */
  beforeRelease(end: u64, isLast: bool, isFull: bool): HoldEvent {
    if (this.endsInTrailers) return HoldEvent.TakeOpen;
    if (isLast || isFull) return HoldEvent.PutBack;
    // Nothing has gone on: it can't be sent again.
    if (this.isStream) return HoldEvent.Leave;
    // A body that pauses may be one that expects an answer. The few bytes that are always safe in the gateway can go on then.
    if (!this.hasLength && end <= LEAST_BUFFER_LIMIT) return HoldEvent.Leave;
    return HoldEvent.Take;
  }

  /** After bytes of the body went on. `isPart`: a part is complete with this chunk. `isOpen`: the buffer is the stream's own. */
  afterRelease(router: RouterKeeps, isLast: bool, isPart: bool, isOpen: bool): HoldEvent {
    if (router != RouterKeeps.Nothing) return HoldEvent.TakeOpen;
    if (this.isStream) return HoldEvent.Leave;
    // Nothing is put back in the callback that follows StopIterationAndBuffer: the gateway would answer 413.
    if (isOpen) return isLast ? HoldEvent.TakeOpen : HoldEvent.Take;
    return isLast || isPart ? HoldEvent.PutBack : HoldEvent.Take;
  }

  /** After the head went on alone. */
  behindHead(end: u64, isLast: bool, isFull: bool): HoldEvent {
    if (this.endsInTrailers || (this.isStream && !this.isSentOnce)) return HoldEvent.TakeOpen;
    if (this.mayBeRetried) return isLast ? HoldEvent.TakeOpen : HoldEvent.Take;
    return this.beforeRelease(end, isLast, isFull);
  }
}
