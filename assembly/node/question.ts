// What waits for a node's answer? A part of a request that wants a verdict.
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { BodyPart } from "./body-part";
import { Node } from "./node";
import { Pending } from "./pending";
import { Outcome } from "./outcome";
import { Reply } from "./reply";
import { Conversation } from "./transport";

export abstract class Question extends Pending {
  /** When it was asked, nanoseconds since the epoch. */
  askedAt: u64 = 0;
  /** Who was told. */
  node: Node | null = null;
  /** So often it may still be told again. */
  retries: u32 = 0;
  /** For telling it again: in which conversation, and what was told. */
  private conversation: Conversation | null = null;
  told: BodyPart | null = null;
  head: RequestHead | null = null;

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

  keep(conversation: Conversation, head: RequestHead | null, part: BodyPart): void {
    this.conversation = conversation;
    this.head = head;
    this.told = part;
  }

  /** To be called when nothing will be told again. */
  forget(): void {
    const told = this.told;
    if (told === null) return;
    told.release();
    this.conversation = null;
    this.told = null;
    this.head = null;
  }

  /** What no node has seen. False: there is no node to tell it, or no time. */
  tellAgain(): bool {
    const conversation = this.conversation;
    return conversation !== null && conversation.tellAgain(this);
  }

  giveUp(): void {
    this.forget();
    this.onReply(new Reply(Outcome.TimedOut));
  }
}
