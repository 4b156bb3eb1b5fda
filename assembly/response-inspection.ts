// What is the node told of a response? Its head and at most response_body_limit bytes of its body; of one that goes on, after a
// second what there is, and at its end how much it was. A node that judges responses is waited for before the head goes on;
// nothing of the body is held for it.
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
import { FLUSH_TICKS, RequestCopy } from "./request-copy";
import { RequestId } from "./request-id";
import { RequestKind } from "./request-kind";
import { TickListener } from "./timers";

const SWITCHING_PROTOCOLS: u32 = 101;

export class ResponseInspection extends TickListener implements ReplyTaker {
  /** The node has not yet answered to the head. */
  isHeld: bool = false;
  /** All of it that can be told was seen. */
  private hasEnded: bool = false;
  /** The stream ended before it. */
  private isAborted: bool = false;
  /** The host has not given a chunk: what follows does not belong to what was taken. */
  private isCut: bool = false;
  private readonly body: BodyCollector;
  private head: ResponseHead | null = null;
  private trailers: HeaderPairs | null = null;
  /** The number of the next message. */
  private part: u32 = 0;
  /** Bytes of the body in messages. */
  private sent: u64 = 0;
  private waitsSince: i32 = 0;

  constructor(
    private readonly policy: PolicyContext,
    private readonly stream: RefusableStream,
    private readonly id: RequestId,
    /** Microseconds since the epoch. */
    private readonly requestTime: u64,
    private readonly conversation: Conversation,
    /** Of its request, in async mode. */
    private readonly copy: RequestCopy | null,
    private readonly kind: RequestKind,
  ) {
    super();
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
    head.isTunnel = this.isTunnel(head.status);
    // Frames of another protocol are no body.
    this.hasEnded = endOfStream || head.isTunnel;
    this.tellHead(head, now);
    if (this.hasEnded && !this.isHeld) this.send();
    else this.waitForMore();
  }

  onBody(size: u32, endOfStream: bool): void {
    if (this.head === null || this.hasEnded) return;
    if (this.conversation.isLost) this.body.goBlind();
    if (!this.body.take(size, this.room())) this.isCut = true;
    // What is over the limit is not told: a node that hears as it goes need not wait for the end.
    const isOver = this.isTruncated && this.conversation.reportsHeadAlone;
    if (endOfStream || isOver) this.onEnd();
    else this.waitForMore();
  }

  onTrailers(): void {
    if (this.hasEnded) return;
    this.trailers = getHeaderPairs(HeaderMapType.HttpResponseTrailers);
    this.onEnd();
  }

  /** It goes on: what there is of it is told, and the rest at its end. */
  onTick(tick: i32): void {
    if (tick - this.waitsSince < FLUSH_TICKS) return;
    this.policy.timers.remove(this);
    const head = this.head;
    if (head === null) return;
    this.flushRequest();
    this.tell(head, false);
  }

  /** The stream has ended, perhaps in the middle of the response: what was seen is told. */
  onGone(): void {
    this.isHeld = false;
    this.isAborted = !this.hasEnded;
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
    else this.waitForMore();
    if (this.stream.resumeResponse() == Status.Ok) return;
    this.policy.telemetry.noteStuck(this.id, "response", askedAt);
  }

  onUnasked(reply: Reply): void {}

  private tellHead(head: ResponseHead, now: u64): void {
    if (!this.conversation.reportsHeadAlone) return;
    const question = new PartQuestion(this, null, 0, now);
    const told = this.conversation.askAboutResponse(head, question);
    this.isHeld = told === null;
  }

  private isTunnel(status: u32): bool {
    const isGranted = status >= 200 && status < 300;
    return status == SWITCHING_PROTOCOLS || (this.kind == RequestKind.Connect && isGranted);
  }

  /** Until it is told that it goes on: over HTTP once, else whenever more of it has come. */
  private waitForMore(): void {
    if (this.isHeld || this.isWaiting || this.head === null) return;
    const hasMore = this.conversation.reportsHeadAlone ? this.body.length > 0 : this.part == 0;
    if (!hasMore) return;
    this.waitsSince = this.policy.timers.tick;
    this.policy.timers.add(this);
  }

  /** Nothing more is told. */
  private drop(): void {
    this.policy.timers.remove(this);
    this.head = null;
    this.body.clear();
  }

  private onEnd(): void {
    this.hasEnded = true;
    if (!this.isHeld) this.send();
  }

  private room(): u32 {
    // Over HTTP later bytes change only the counts.
    if (this.part > 0 && !this.conversation.reportsHeadAlone) return 0;
    if (this.isCut || !this.policy.config.parseResponses || this.policy.ledger.isShort) return 0;
    const limit = u64(this.policy.config.responseBodyLimit);
    const taken = this.sent + u64(this.body.length);
    return limit > taken ? u32(limit - taken) : 0;
  }

  private get isTruncated(): bool {
    return this.body.seen > this.sent + u64(this.body.length);
  }

  /** A response is not reported before its request. */
  private flushRequest(): void {
    const copy = this.copy;
    if (copy !== null) copy.flush();
  }

  private send(): void {
    const head = this.head;
    if (head === null) return; // never began, or was told
    this.flushRequest();
    this.tell(head, true);
    this.drop();
  }

  private tell(head: ResponseHead, isLast: bool): void {
    const part = new BodyPart();
    part.number = this.part++;
    part.last = isLast;
    part.aborted = isLast && this.isAborted;
    part.held = this.body.bytes;
    part.length = this.body.length;
    part.bodySize = this.body.seen;
    part.truncated = this.isTruncated;
    part.trailers = this.trailers;
    if (part.number == 0 && !this.conversation.isLost)
      this.policy.verbose.logResponse(this.id, head.status, head.headers, part);
    this.policy.outbox.note(this.id, this.conversation.reportResponse(head, part));
    this.sent += part.length;
    this.body.drop(part.length);
  }
}
