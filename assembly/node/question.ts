// What waits for a node's answer? A part of a request that wants a verdict.
import { RequestId } from "../request-id";
import { Pending } from "./pending";
import { Outcome } from "./outcome";
import { Reply } from "./reply";

export abstract class Question extends Pending {
  /** When it was asked, nanoseconds since the epoch. */
  askedAt: u64 = 0;

  constructor(
    readonly id: RequestId,
    readonly part: u32,
  ) {
    super();
  }

  /** Called exactly once for each question that was sent. */
  abstract onReply(reply: Reply): void;

  /** The node has decided though nothing was asked just now. */
  onUnasked(reply: Reply): void {}

  giveUp(): void {
    this.onReply(new Reply(Outcome.TimedOut));
  }
}
