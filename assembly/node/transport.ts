// How is a node spoken to, whatever it speaks? Each request is a conversation: its parts, with head and body, then the head of
// its response, what is reported of the response's body, and the end. Two implement it: connector/ (HTTP, our own contract) and
// ext-proc/ (gRPC, Envoy's public protocol).
import { HttpContext } from "as-proxy-wasm";
import { ApiIdentity } from "../api-identity";
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { BodyPart } from "./body-part";
import { Desk } from "./desk";
import { Node } from "./node";
import { Question } from "./question";
import { Reply } from "./reply";
import { ResponseHead } from "./response-head";

export abstract class NodeTransport {
  constructor(
    readonly desk: Desk,
    /** Sent to nodes that want to know it; it may be learnt later. */
    public api: ApiIdentity,
  ) {}

  /** Something is still to be sent, or an answer or the end of a stream waited for: ticks are needed, and the policy can't be done yet. */
  abstract get isBusy(): bool;

  /**
   * To be called in the callback of a request's headers. `waits`: verdicts are wanted and the request is held; else the node gets
   * a copy.
   */
  abstract converse(
    id: RequestId,
    head: RequestHead,
    stream: HttpContext,
    waits: bool,
  ): Conversation;

  /** At each tick: sends what has waited for it, answers what is past its deadline. Ticks are counted, for the host's clock may be set. */
  abstract onTick(): void;

  /** Sends at once what would wait for the next tick. */
  flush(): void {}

  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): void {}

  onGrpcReceive(token: u32, size: u32): void {}

  onGrpcClose(token: u32, status: u32): void {}
}

export abstract class Conversation {
  /** Nobody waits for an answer any more: nothing of the request is asked again. */
  isOver: bool = false;
  /** Why all is dropped that is still to be sent and that nobody waits for: a message before it was, or it can't be sent. */
  lost: Reply | null = null;

  /** What is reported from now on is counted as dropped. */
  get isLost(): bool {
    return this.lost !== null;
  }

  /** A node that is sent a copy gets the head at once, and what comes as it comes. */
  get reportsHeadAlone(): bool {
    return false;
  }

  /** Asks about what `question` names. Null: it is under way; else what the desk is to make of it. */
  abstract send(question: Question): Reply | null;

  /** From now on `node` is asked. */
  abstract moveTo(node: Node): void;

  /** Sends a copy that nobody waits for; `head` is there with part 0 only. Null: the outbox hears of it later; else all that comes. */
  abstract report(head: RequestHead | null, part: BodyPart): Reply | null;

  /** A request that is asked about part by part has broken off: `part` is the last, without a body. The end of a stream may say it too. */
  reportAborted(part: BodyPart): Reply | null {
    return null;
  }

  /** Null: the response is held until the question is answered. What it comes to is counted here, as it is for a report. */
  abstract askAboutResponse(head: ResponseHead, question: Question): Reply | null;

  /**
   * What the node gets of the body and trailers of a response. Nobody waits for it. One that goes on has parts: the last follows
   * at its end or limit.
   */
  abstract reportResponse(head: ResponseHead, part: BodyPart): Reply | null;

  /** No more will be sent of the request. What is asked, for example about its response, is still waited for. */
  endIfIdle(): void {}

  /** The stream is over, or was decided without the node. May be called more than once. */
  end(): void {
    this.isOver = true;
  }
}
