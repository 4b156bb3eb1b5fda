// Whose verdict is this? The question that one part of a held request waits on.
import { Question } from "./node/question";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";

export interface ReplyTaker {
  /** `askedAt` in nanoseconds since the epoch. */
  onReply(part: u32, reply: Reply, askedAt: u64): void;
  /** A decision of the node that comes when nothing is asked. */
  onUnasked(reply: Reply): void;
}

export class PartQuestion extends Question {
  constructor(
    private readonly taker: ReplyTaker,
    id: RequestId,
    part: u32,
  ) {
    super(id, part);
  }

  onReply(reply: Reply): void {
    this.taker.onReply(this.part, reply, this.askedAt);
  }

  onUnasked(reply: Reply): void {
    this.taker.onUnasked(reply);
  }
}
