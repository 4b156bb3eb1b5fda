// Whose verdict is this? The question that one part of a held request waits on, or the head of a response.
import { Asked } from "./node/asked";
import { Question } from "./node/question";
import { Reply } from "./node/reply";

export interface ReplyTaker {
  /** `askedAt` in nanoseconds since the epoch. */
  onReply(part: u32, reply: Reply, askedAt: u64): void;
  /** A decision of the node that comes when nothing is asked. */
  onUnasked(reply: Reply): void;
}

export class PartQuestion extends Question {
  constructor(
    private readonly taker: ReplyTaker,
    asked: Asked | null,
    part: u32,
    askedAt: u64,
  ) {
    super(asked, part, askedAt);
  }

  onReply(reply: Reply): void {
    this.taker.onReply(this.part, reply, this.askedAt);
  }

  onUnasked(reply: Reply): void {
    this.taker.onUnasked(reply);
  }
}
