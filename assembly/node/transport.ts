// How is a node spoken to, whatever it speaks? Each request is a conversation: its head, the parts of its body, its end,
// then the head of its response, what is told of the response's body, and the end. Two implement it: connector/ (HTTP, our
// own contract) and ext-proc/ (gRPC, Envoy's public protocol).
import { HttpContext } from "as-proxy-wasm";
import { ApiIdentity } from "../api-identity";
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { BodyPart } from "./body-part";
import { Question } from "./question";
import { Reply } from "./reply";
import { ResponseHead } from "./response-head";

export abstract class NodeTransport {
  /** `api` is told to nodes that want to know it; it may be learnt later. */
  constructor(public api: ApiIdentity) {}

  /** Something is still to be sent, or an answer or the end of a stream waited for: ticks are needed, and the policy can't be done yet. */
  abstract get isBusy(): bool;

  /**
   * To be called in the callback of a request's headers. `waits`: verdicts are wanted and the request is held; else it is told
   * as a copy.
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

/**
 * A reply that is given at once is all that comes; on `null` the question gets its reply later, exactly once. What nobody
 * waits for is told without a question: then on `null` the outbox hears of it later.
 */
export abstract class Conversation {
  /** The head is told and judged alone, before its body is there. */
  get tellsHeadAlone(): bool {
    return false;
  }

  /** `head` is there with part 0 only. */
  abstract tellRequest(
    head: RequestHead | null,
    part: BodyPart,
    question: Question | null,
  ): Reply | null;

  /** Tells what `question` has kept again. False: it can't be, and `question` needs its reply. */
  tellAgain(question: Question): bool {
    return false;
  }

  /** Only where heads are told alone. On `null` the response is held until the question is answered. */
  abstract tellResponseHead(head: ResponseHead, question: Question): Reply | null;

  /** What is told of the body and trailers of a response, at its end or limit. Nobody waits for it. */
  abstract tellResponse(head: ResponseHead, part: BodyPart): Reply | null;

  /** No more will be told of the request. What is asked, for example about its response, is still waited for. */
  endIfIdle(): void {}

  /** The stream is over, or was decided without the node. May be called more than once. */
  abstract end(): void;
}
