// What waits for a node's answer? A part of a request that wants a verdict, or the head of a response.
import { Asked } from "./asked";
import { Node } from "./node";
import { Pending } from "./pending";
import { Reply } from "./reply";
import { Conversation } from "./transport";

export abstract class Question extends Pending {
  conversation: Conversation | null = null;
  /** Who was asked last. */
  node: Node | null = null;
  /** Its place among all that this node was asked. */
  turn: u64 = 0;
  /** So often it may still be asked again. */
  retries: u32 = 0;
  /** So often it may be asked again that no node has seen, while the node lives: another host of it may be there. */
  chances: u32 = 0;
  /** It was doubted, and the node was found to live. */
  isProven: bool = false;
  /** The node has not got the parts before: it is asked about all of them at once. */
  asksAll: bool = false;
  /** From this tick on it is worth finding out whether the node lives. */
  doubtfulAtTick: i32 = i32.MAX_VALUE;
  /** What is known of it, while that is found out. */
  doubt: Reply | null = null;

  constructor(
    /** Null: a response, about which nobody is asked twice. */
    readonly asked: Asked | null,
    readonly part: u32,
    /** Nanoseconds since the epoch. */
    readonly askedAt: u64,
  ) {
    super();
  }

  /** Called exactly once for each question. */
  abstract onReply(reply: Reply): void;

  /** The node has decided though nothing was asked just now. */
  onUnasked(reply: Reply): void {}
}
