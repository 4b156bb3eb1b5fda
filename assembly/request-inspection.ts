// When may a held request go on (sync mode)? When every byte of it that was seen has a verdict. A continue releases all
// that the gateway holds, so it is given only when nothing is left to ask about; what follows is held as the next part.
import { HeaderPairs } from "as-proxy-wasm";
import { RefusableStream } from "./block-response";
import { bodyMemoryIsShort } from "./body-memory";
import { BodyOverflow } from "./config";
import { noteBlock, noteFallback } from "./decision-log";
import { decide, Decision } from "./failure-mode";
import { HeldRequest } from "./held-request";
import { Outcome } from "./node/outcome";
import { Reply } from "./node/reply";
import { Conversation } from "./node/transport";
import { PartQuestion, ReplyTaker } from "./part-question";
import { PolicyContext } from "./policy-context";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { contentLength, RequestKind } from "./request-kind";
import { Metric } from "./telemetry";

/** Under memory pressure parts are told early, but not for every few bytes. */
const MIN_EARLY_PART: u32 = 4096;
/** Ticks without a new byte after which a begun body is taken to be stuck: the host may have stopped reading. */
const STALL_TICKS: i32 = 11;

export class RequestInspection extends HeldRequest implements ReplyTaker {
  private outstanding: i32 = 0;
  /** What is there is to be told, though the part is not complete. */
  private isFlushing: bool = false;
  /** fallback_action lets it through; nothing more is asked about. */
  private isWithoutVerdict: bool = false;
  private tellsAsItArrives: bool = false;
  private sawBody: bool = false;
  private lastByteTick: i32 = 0;

  constructor(
    policy: PolicyContext,
    stream: RefusableStream,
    id: RequestId,
    head: RequestHead,
    conversation: Conversation,
  ) {
    super(policy, stream, id, head, conversation);
  }

  /**
   * The node was told of this request, so it may be told of the response. What comes while the request is held is not the
   * API's but the gateway's, which closes the connection on a broken body: its 400 would be lost if we held it.
   */
  get isTold(): bool {
    const isOfApi = !this.headersAreHeld && !this.isRefused;
    return isOfApi && this.nextPart > 0 && !this.isWithoutVerdict;
  }

  onHeaders(head: RequestHead, kind: RequestKind, endOfStream: bool): void {
    this.inCallback = true;
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.ended = endOfStream;
    this.restUntold = !endOfStream && this.isOnlyHead(kind);
    this.tellsAsItArrives = kind == RequestKind.Grpc;
    this.lastByteTick = this.policy.timers.tick;
    if (this.isDeclaredTooLong(head)) this.refuseTooLarge();
    else {
      this.isFlushing = this.conversation.tellsHeadAlone || !this.waitsForBody;
      this.proceed();
    }
    this.inCallback = false;
  }

  onBody(size: u32, endOfStream: bool): void {
    this.goesOn = false;
    if (!this.isJudging) return;
    this.inCallback = true;
    this.learnHolding();
    this.ended = this.ended || endOfStream;
    this.lastByteTick = this.policy.timers.tick;
    // After `last` nothing is taken: an upgrade's bytes, or what flows on behind request_body_limit.
    if (!this.lastTold && !this.isWithoutVerdict) this.onChunk(size);
    this.inCallback = false;
  }

  private onChunk(size: u32): void {
    if (!this.takeChunk(size)) {
      this.settleWithoutVerdict("the gateway gave no body");
    } else if (this.isOverLimit && this.policy.config.requestBodyOverflow == BodyOverflow.Block) {
      this.refuseTooLarge();
    } else {
      if (this.tellsAsItArrives) this.isFlushing = true;
      this.proceed();
    }
  }

  onTrailers(trailers: HeaderPairs | null): void {
    if (!this.isJudging) return;
    this.inCallback = true;
    this.trailers = trailers;
    this.ended = true;
    if (trailers === null) this.settleWithoutVerdict("the gateway gave no trailers");
    else this.proceed();
    this.inCallback = false;
  }

  /** Called at each tick while this stream waits for bytes. */
  onTick(tick: i32): void {
    const patience = this.sawBody ? STALL_TICKS : this.policy.holding.patience;
    if (tick - this.lastByteTick < patience) return;
    // The host may read no more before it is let go on; what stood still once will again, so ask sooner from now on.
    const least = min(MIN_EARLY_PART, this.partLimit);
    if (this.body.length > 0)
      this.partLimit = max(least, min(this.partLimit, this.body.length / 2));
    this.isFlushing = true;
    // A head that was judged alone goes on, if its body does not come while it is held, and no early response was refused.
    if (this.body.length == 0 && this.nextPart > 0 && this.isJudging) this.resume();
    this.proceed();
  }

  onReply(part: u32, reply: Reply, askedAt: u64): void {
    this.outstanding--;
    const now = this.policy.now();
    if (reply.outcome <= Outcome.Block) {
      this.policy.telemetry.recordVerdictTime((max(now, askedAt) - askedAt) / 1000);
    }
    this.act(part, reply, now);
  }

  onUnasked(reply: Reply): void {
    this.act(this.nextPart, reply, this.policy.now());
  }

  private act(part: u32, reply: Reply, now: u64): void {
    this.policy.telemetry.countOutcome(reply.outcome);
    if (!this.isJudging) return;
    if (reply.outcome == Outcome.Pass) {
      this.onPass();
      return;
    }
    const decision = decide(reply.outcome, this.policy.config.fallbackAction);
    if (reply.outcome == Outcome.Block) noteBlock(this.policy.telemetry, this.id, part, reply, now);
    else if (!this.isWithoutVerdict) {
      noteFallback(this.policy.telemetry, this.id, decision, reply, now);
      this.isWithoutVerdict = true;
      if (decision == Decision.LetThrough) this.policy.mark.withdraw(this.stream.contextId);
    }
    if (decision == Decision.Refuse) this.refuse(reply.answer);
    else if (this.outstanding == 0) this.letGo(); // a verdict that is still to come may be a block
  }

  private onPass(): void {
    if (this.outstanding > 0) return;
    if (this.isWithoutVerdict) {
      this.letGo();
      return;
    }
    // The head has its verdict, and is held until the first part of its body, which goes on coming, has one too.
    const awaitsPart = this.nextPart == 1 && this.conversation.tellsHeadAlone && this.waitsForBody;
    this.isFlushing = this.body.length > 0 && !awaitsPart;
    if (awaitsPart) this.lastByteTick = this.policy.timers.tick;
    this.proceed();
    if (this.outstanding > 0 || !this.isJudging) return;
    if (this.lastTold) {
      this.policy.telemetry.count(Metric.RequestsPassed);
      this.release();
    } else if (!awaitsPart) this.resume();
  }

  /** Tells what is ready: one part at a time, several only where memory is short. */
  private proceed(): void {
    while (this.isJudging && this.isReady()) {
      if (this.outstanding > 0 && !bodyMemoryIsShort()) break;
      this.ask();
    }
    const waits = this.isJudging && this.outstanding == 0 && !this.ended;
    if (waits && (this.headersAreHeld || this.body.length > 0)) this.policy.timers.add(this);
    else this.policy.timers.remove(this);
  }

  private isReady(): bool {
    if (this.lastTold || this.isWithoutVerdict) return false;
    if (this.ended || this.restUntold) return true;
    if (this.body.length == 0) return this.isFlushing && this.nextPart == 0;
    if (this.isFlushing || this.body.length >= this.partLimit) return true;
    return bodyMemoryIsShort() && this.body.length >= MIN_EARLY_PART;
  }

  private ask(): void {
    const now = this.policy.now();
    const question = new PartQuestion(this, this.id, this.nextPart);
    question.askedAt = now;
    this.outstanding++;
    const known = this.tellNextPart(question);
    if (this.body.length == 0) this.isFlushing = false;
    if (known !== null) this.onReply(question.part, known, now);
  }

  /** The request can't even be told: the same decision as when the node can't be asked. */
  private settleWithoutVerdict(why: string): void {
    this.act(this.nextPart, new Reply(Outcome.CallRefused, why), this.policy.now());
  }

  private letGo(): void {
    if (this.isWithoutVerdict) this.conversation.endIfIdle();
    this.release();
  }

  private get waitsForBody(): bool {
    return this.policy.holding.mayWaitForBody && !this.tellsAsItArrives;
  }

  private isDeclaredTooLong(head: RequestHead): bool {
    if (this.policy.config.requestBodyOverflow != BodyOverflow.Block) return false;
    return contentLength(head.pairs) > i64(this.policy.config.requestBodyLimit);
  }

  private learnHolding(): void {
    if (this.sawBody) return;
    this.sawBody = true;
    if (this.headersAreHeld) this.policy.holding.sawBodyWhileHeld();
    else if (!this.tellsAsItArrives) this.policy.holding.sawBodyOnlyAfterRelease();
  }
}
