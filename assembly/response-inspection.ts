// What is the node told of a response? Its head and at most response_body_limit bytes of its body. A node that judges
// responses is waited for before the head goes on; nothing of the body is held for it.
import { BufferType, getHeaderPairs, HeaderMapType, HeaderPairs, Status } from "as-proxy-wasm";
import { Refusal, RefusableStream } from "./block-response";
import { BodyCollector } from "./body-collector";
import { noteBlock } from "./decision-log";
import { BodyPart } from "./node/body-part";
import { Outcome } from "./node/outcome";
import { Reply } from "./node/reply";
import { ResponseHead } from "./node/response-head";
import { Conversation } from "./node/transport";
import { PartQuestion, ReplyTaker } from "./part-question";
import { PolicyContext } from "./policy-context";
import { RequestCopy } from "./request-copy";
import { RequestId } from "./request-id";

export class ResponseInspection implements ReplyTaker {
  /** The node has not yet answered to the head. */
  isHeld: bool = false;
  /** All of it that can be told was seen. */
  private hasEnded: bool = false;
  /** The host has not given a chunk: what follows does not belong to what was taken. */
  private isCut: bool = false;
  private readonly body: BodyCollector;
  private head: ResponseHead | null = null;
  private trailers: HeaderPairs | null = null;

  constructor(
    private readonly policy: PolicyContext,
    private readonly stream: RefusableStream,
    private readonly id: RequestId,
    /** Microseconds since the epoch. */
    private readonly requestTime: u64,
    private readonly conversation: Conversation,
    /** Of its request, in async mode. */
    private readonly copy: RequestCopy | null,
  ) {
    this.body = new BodyCollector(BufferType.HttpResponseBody, policy.ledger);
  }

  onHeaders(endOfStream: bool): void {
    const headers = getHeaderPairs(HeaderMapType.HttpResponseHeaders);
    if (headers === null) return;
    const now = this.policy.now();
    const time = now / 1000;
    const duration = time > this.requestTime ? time - this.requestTime : 0;
    const head = new ResponseHead(headers, time, duration, endOfStream);
    this.head = head;
    this.tellHead(head, now);
    if (endOfStream && !this.isHeld) this.send();
  }

  onBody(size: u32, endOfStream: bool): void {
    if (this.head === null) return;
    if (this.conversation.isLost) this.body.goBlind();
    if (!this.body.take(size, this.room())) this.isCut = true;
    // What is over the limit is not told: a node that hears as it goes need not wait for the end.
    const isOver = this.body.seen > u64(this.body.length) && this.conversation.reportsHeadAlone;
    if (endOfStream || isOver) this.onEnd();
  }

  onTrailers(): void {
    this.trailers = getHeaderPairs(HeaderMapType.HttpResponseTrailers);
    this.onEnd();
  }

  /** The stream has ended, perhaps in the middle of the response: what was seen is told. */
  onGone(): void {
    this.isHeld = false;
    this.send();
  }

  onReply(part: u32, reply: Reply, askedAt: u64): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    // An API may answer early: if its request is refused then, our answer goes out and not the API's.
    if (this.stream.isAnswered) {
      this.drop();
      return;
    }
    if (reply.outcome == Outcome.Block) {
      noteBlock(this.policy.telemetry, this.id, part, reply, askedAt);
      this.drop();
      this.conversation.end();
      this.stream.refuse(Refusal.Forbidden, reply.answer);
      return;
    }
    // fallback_action is about requests: the API has acted on this one, and its answer goes on whatever became of the question.
    if (this.hasEnded) this.send();
    if (this.stream.resumeResponse() == Status.Ok) return;
    this.policy.telemetry.noteStuck(this.id, "response", askedAt);
  }

  onUnasked(reply: Reply): void {}

  private tellHead(head: ResponseHead, now: u64): void {
    if (!this.conversation.reportsHeadAlone) return;
    const question = new PartQuestion(this, null, 0, now);
    const told = this.conversation.askAboutResponse(head, question);
    this.isHeld = told === null;
    this.hasEnded = head.endOfStream;
  }

  /** Nothing more is told. */
  private drop(): void {
    this.head = null;
    this.body.clear();
  }

  private onEnd(): void {
    this.hasEnded = true;
    if (!this.isHeld) this.send();
  }

  private room(): u32 {
    if (this.isCut || !this.policy.config.parseResponses || this.policy.ledger.isShort) return 0;
    const limit = this.policy.config.responseBodyLimit;
    return limit > this.body.length ? limit - this.body.length : 0;
  }

  private send(): void {
    const head = this.head;
    if (head === null) return; // never began, or was told
    const copy = this.copy;
    if (copy !== null) copy.flush();
    this.tell(head);
    this.drop();
  }

  private tell(head: ResponseHead): void {
    const part = new BodyPart();
    part.held = this.body.bytes;
    part.length = this.body.length;
    part.bodySize = this.body.seen;
    part.truncated = this.body.seen > u64(this.body.length);
    part.trailers = this.trailers;
    if (!this.conversation.isLost)
      this.policy.verbose.logResponse(this.id, head.status, head.headers, part);
    this.policy.outbox.note(this.id, this.conversation.reportResponse(head, part));
  }
}
