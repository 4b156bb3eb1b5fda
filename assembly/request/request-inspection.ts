// When may a held request go on (sync mode)? When all of it has a verdict: it is held to its end and let go once. One that
// expects answers before it ends, or is longer than may be held, goes on part by part, each with its verdict.
import { FilterDataStatus, HeaderPairs, Status } from "as-proxy-wasm";
import { Refusal, RefusableStream } from "../block-response";
import { BodyOverflow } from "../config";
import { Decided } from "../decision-queue";
import { noteBlock, noteNoVerdict, noteRefusal } from "../decision-log";
import { decide, Decision } from "../failure-mode";
import { Outcome } from "../node/outcome";
import { ClientAnswer, Reply } from "../node/reply";
import { Conversation } from "../node/transport";
import { PartQuestion, ReplyTaker } from "../part-question";
import { PolicyContext } from "../policy-context";
import { RequestHead } from "../request-head";
import { contentLength, RequestKind, announcesTrailers } from "../request-kind";
import { Metric } from "../telemetry";
import { TickListener } from "../timers";
import { BodyStore } from "./body-store";
import { ChunkPlan } from "./chunk-plan";
import { Chunk, Hold, RouterKeeps, Written } from "./hold";
import { HoldAction, HoldEvent, HoldState } from "./hold-table";
import { RequestParts } from "./request-parts";
import { SlowClient } from "./slow-client";

/** Ticks without a new byte after which a body of unknown length may be one that expects an answer. */
const PAUSE_TICKS: i32 = 11;
/** Ticks that the head of such a request waits for what comes with it. */
const STREAM_TICKS: i32 = 2;
/** Bytes that a body behind a released head may have to be sent again by the router: the buffer limit of Istio's gateways. */
const MOST_RETRIED: i64 = 32768;

@final
export class RequestInspection extends TickListener implements ReplyTaker, Decided {
  private readonly body: BodyStore;
  private readonly parts: RequestParts;
  private readonly hold: Hold;
  private readonly plan: ChunkPlan = new ChunkPlan();
  private slowClient: SlowClient | null = null;
  /** Of the head and the trailers, in the ledger. */
  private pinned: u32 = 0;
  /** Declared; -1: unknown. */
  private length: i64 = -1;
  private kind: RequestKind = RequestKind.Ordinary;
  /** The end of the request was seen. */
  private hasEnded: bool = false;
  /** The head is asked about, though its body is not there. */
  private asksHead: bool = false;
  /** Longer than may be held: what belongs together goes on when it was judged. */
  private goesInParts: bool = false;
  private isAsked: bool = false;
  /** It goes on without a verdict; nothing more is asked about. */
  private isWithoutVerdict: bool = false;
  private refusal: Refusal = Refusal.None;
  private answer: ClientAnswer | null = null;
  /** True while a callback of the stream itself runs. */
  private isInCallback: bool = false;
  private isProceeding: bool = false;
  private sawBody: bool = false;
  private lastByteTick: i32 = 0;

  constructor(
    private readonly policy: PolicyContext,
    private readonly stream: RefusableStream,
    head: RequestHead,
    private readonly conversation: Conversation,
  ) {
    super();
    const body = new BodyStore(policy.ledger);
    this.body = body;
    this.parts = new RequestParts(stream.id, head, body);
    this.hold = new Hold(stream, body);
  }

  /** What the callbacks of headers and trailers answer. */
  get goesOn(): bool {
    return this.hold.goesOn;
  }

  /** The node was asked about this request and the API has it, so that the node may hear of the response. */
  get isReported(): bool {
    return (
      this.hold.hasReleased && this.parts.count > 0 && !this.isWithoutVerdict && !this.stream.isAnswered
    );
  }

  /** Nothing can be done before more of the request comes. */
  get awaitsClient(): bool {
    return !this.isAsked && !this.isComplete && !this.hold.isOver;
  }

  get bodySeen(): u64 {
    return this.body.seen;
  }

  onHeaders(head: RequestHead, kind: RequestKind, endOfStream: bool): void {
    this.isInCallback = true;
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.kind = kind;
    this.hasEnded = endOfStream;
    this.length = contentLength(head.pairs);
    this.parts.restUnsent = !endOfStream && this.isOnlyHead();
    this.lastByteTick = this.policy.timers.tick;
    this.planBody(head);
    const size = head.pairs.byteLength;
    if (this.isDeclaredTooLong()) this.refuse(Refusal.TooLarge);
    else if (!this.pin(u32(size))) this.refuse(Refusal.NoMemory);
    else this.proceed();
    this.isInCallback = false;
  }

  onBody(size: u32, endOfStream: bool): FilterDataStatus {
    if (this.hold.isOver || (size == 0 && !endOfStream)) return this.hold.answerToChunk();
    this.isInCallback = true;
    this.learnHolding();
    this.hasEnded = this.hasEnded || endOfStream;
    this.lastByteTick = this.policy.timers.tick;
    this.takeChunk(size);
    this.proceed();
    this.isInCallback = false;
    const status = this.hold.answerToChunk();
    if (this.hold.wantsLook) this.policy.decisions.addForLater(this);
    return status;
  }

  onTrailers(trailers: HeaderPairs | null): void {
    if (this.hold.isOver) return;
    this.isInCallback = true;
    this.hasEnded = true;
    this.parts.trailers = trailers;
    if (trailers === null) this.settleUnread("the gateway gave no trailers");
    else if (!this.pin(u32(trailers.byteLength))) this.refuse(Refusal.NoMemory);
    else if (!this.mayHoldTrailers || this.hold.on(HoldEvent.Trailers) == HoldAction.RefuseTrailers) {
      this.refuse(Refusal.NoLength);
    } else this.proceed();
    this.isInCallback = false;
  }

  /** The API has begun to answer: what it got is not kept for it any more. */
  onResponse(): void {
    this.hold.hasResponse = true;
    if (this.hold.isOver) this.body.forget();
    else this.body.unpinReleased();
  }

  /** The stream is gone: nothing of it is touched any more. Replies under way find it so. */
  onGone(): void {
    this.hold.on(HoldEvent.Gone);
    this.settle();
    this.body.forget();
  }

  /** Called at each tick while this stream waits for bytes. */
  onTick(tick: i32): void {
    if (tick - this.lastByteTick < this.patience) return;
    if (!this.sawBody) this.asksHead = true;
    // What is in the module can't go on now: it waits for the rest. So does what has a length.
    else if (this.hold.state == HoldState.Staged && !this.plan.hasLength) this.plan.isStream = true;
    this.lastByteTick = i32.MAX_VALUE;
    this.proceed();
  }

  onReply(part: u32, reply: Reply, askedAt: u64): void {
    this.isAsked = false;
    const now = this.policy.now();
    if (reply.isVerdict) {
      this.policy.telemetry.recordVerdictTime((max(now, askedAt) - askedAt) / 1000);
    }
    this.take(part, reply, now);
    if (!this.isInCallback) this.policy.decisions.add(this);
  }

  onUnasked(reply: Reply): void {
    this.take(this.parts.count, reply, this.policy.now());
    if (!this.isInCallback) this.policy.decisions.add(this);
  }

  carryOut(): void {
    this.hold.look();
    this.proceed();
  }

  /** Memory is full and this client is slow. What is held is given up now; the answer may have to wait for its turn. */
  evict(): void {
    this.refusal = Refusal.SlowClient;
    this.body.forget();
    this.unpinHead();
    this.policy.ledger.unlist(this.slowClient!);
    this.policy.decisions.addForLater(this);
  }

  // What the node is asked

  /** `held` bytes are in the buffer; those that the router keeps are not of this chunk. */
  private takeChunk(held: u32): void {
    const kept = this.hold.bytesBefore(held);
    if (kept < 0) {
      this.refuse(Refusal.KeptByRouter);
      return;
    }
    const size = held - u32(kept);
    const overflow = this.policy.config.requestBodyOverflow;
    const end = this.body.seen + u64(size);
    const limit = u64(this.policy.config.requestBodyLimit);
    const isOver = end > limit && overflow != BodyOverflow.Inspect;
    if (isOver && overflow == BodyOverflow.Block) {
      this.refuse(Refusal.TooLarge);
      return;
    }
    this.parts.restUnsent = this.parts.restUnsent || isOver;
    if (!this.policy.ledger.makeRoomFor(size, this.policy.timers.tick)) {
      this.refuse(Refusal.NoMemory);
      return;
    }
    let room = isOver ? u32(max(limit, this.body.copied) - this.body.copied) : size;
    if (this.parts.hasLast) room = 0;
    const chunk = this.hold.onChunk(this.eventOf(end), u32(kept), held, room);
    if (chunk == Chunk.Misplaced) this.refuse(Refusal.KeptByRouter);
    else if (chunk == Chunk.Unread) this.settleUnread("the gateway gave no body");
  }

  private eventOf(end: u64): HoldEvent {
    const isLast = this.isCompleteAt(end);
    const partLimit = u64(this.policy.config.requestBodyLimit);
    const isPart = end - this.parts.asked >= partLimit;
    const hasGone = this.body.released > 0;
    if (hasGone) return this.plan.afterRelease(this.hold.router, isLast, isPart);
    const isShort = this.policy.ledger.isShort && end >= partLimit;
    const isFull = end > u64(this.policy.config.requestHoldLimit) || isShort;
    this.goesInParts = this.goesInParts || (isFull && !isLast);
    return this.hold.hasReleased
      ? this.plan.behindHead(end, isLast, isFull)
      : this.plan.beforeRelease(end, isLast, isFull);
  }

  private isCompleteAt(end: u64): bool {
    return this.hasEnded || this.parts.restUnsent || (this.length >= 0 && end >= u64(this.length));
  }

  private get isComplete(): bool {
    return this.isCompleteAt(this.body.seen);
  }

  /** Asks, and then lets go or answers, as far as what is known allows. */
  private proceed(): void {
    if (this.isProceeding || this.hold.isOver) return;
    this.isProceeding = true;
    while (this.isToAsk()) this.ask();
    this.isProceeding = false;
    if (this.isKeptTwice) this.refuse(Refusal.KeptByRouter);
    if (this.refusal != Refusal.None) this.carryOutRefusal();
    else if (!this.isAsked) this.letGo();
    this.wait();
  }

  private isToAsk(): bool {
    if (this.isAsked || this.isWithoutVerdict || this.refusal != Refusal.None) return false;
    if (this.parts.hasLast || this.hold.state == HoldState.Leaving) return false;
    const unasked = this.parts.unasked;
    if (this.isComplete) return true;
    if (unasked == 0) return this.asksHead && this.parts.count == 0;
    if (unasked >= u64(this.policy.config.requestBodyLimit) || this.plan.isStream) return true;
    return this.goesInParts && this.body.staged > this.parts.asked;
  }

  private ask(): void {
    this.isAsked = true;
    const part = this.parts.cut(this.policy.config.requestBodyLimit, this.isComplete);
    const question = new PartQuestion(this, this.parts, part, this.policy.now());
    this.policy.verbose.logPart(this.parts.id, part == 0 ? this.parts.headToAsk() : null, this.parts.partToAsk(part)!);
    question.conversation = this.conversation;
    this.policy.transport.desk.ask(question);
  }

  private take(part: u32, reply: Reply, now: u64): void {
    this.policy.telemetry.countOutcome(reply.outcome);
    if (this.hold.isOver || reply.outcome == Outcome.Pass) return;
    const config = this.policy.config;
    const decision = decide(reply, config.fallbackAction, config.unjudgedAction);
    if (reply.outcome == Outcome.Block) noteBlock(this.policy.telemetry, this.parts.id, part, reply, now);
    else if (!this.isWithoutVerdict) {
      noteNoVerdict(this.policy.telemetry, this.parts.id, decision, reply, now);
      this.isWithoutVerdict = true;
      if (decision == Decision.LetThrough) this.policy.mark.withdraw(this.stream.contextId);
    }
    if (decision == Decision.LetThrough) return;
    this.answer = reply.answer;
    this.refusal = Refusal.Forbidden;
  }

  /** It can't even be asked about: the same decision as for what the node does not judge. */
  private settleUnread(why: string): void {
    this.take(this.parts.count, new Reply(Outcome.Unread, why), this.policy.now());
    this.proceed();
  }

  // How it goes on

  private letGo(): void {
    const isAll = this.isWithoutVerdict || this.parts.hasLast;
    if (!isAll && !this.mayGoInPart) return;
    // The stream's own buffer is not written in a callback of the stream.
    if (this.hold.state == HoldState.Open && this.isInCallback) {
      this.policy.decisions.addForLater(this);
      return;
    }
    if (!isAll && this.hold.state == HoldState.Head) this.planBehindHead();
    const action = this.hold.on(isAll ? HoldEvent.PassedAll : HoldEvent.Passed);
    if (action == HoldAction.Continue) this.release();
    else if (action == HoldAction.WriteAndContinue) this.write(isAll);
    if (this.hold.state != HoldState.Released) return;
    if (this.isWithoutVerdict) this.conversation.endIfIdle();
    else this.policy.telemetry.count(Metric.RequestsPassed);
    this.settle();
  }

  /** What lies in the gateway, or in the module for it, was judged, and need not wait for the rest. */
  private get mayGoInPart(): bool {
    if (this.parts.count == 0) return false;
    const state = this.hold.state;
    if (state == HoldState.Head) return this.asksHead;
    if (state == HoldState.Open) return this.plan.isStream && this.parts.asked > this.body.staged;
    const isStaged = state == HoldState.Staged || state == HoldState.Behind;
    return isStaged && (this.plan.isStream || this.goesInParts) && this.parts.asked >= this.body.staged;
  }

  private release(): void {
    if (this.hold.release(this.isInCallback) == Status.Ok) return;
    this.policy.telemetry.noteStuck(this.parts.id, "request", this.policy.now());
  }

  private write(isAll: bool): void {
    const end = isAll ? this.body.seen : this.parts.asked;
    const written = this.hold.writeAndRelease(end, isAll);
    if (written != Written.Whole) this.hold.reopen();
    if (written == Written.Impossible) this.refuse(Refusal.KeptByRouter);
    else this.policy.decisions.addForLater(this);
  }

  /** What was released lies in the stream's buffer: continuing once more would send it twice. */
  private get isKeptTwice(): bool {
    const isKept = this.hold.router == RouterKeeps.Something && this.body.released > 0;
    return isKept && !this.plan.isStream && !this.hold.isOver;
  }

  // How it is refused

  private refuse(refusal: Refusal): void {
    if (this.refusal == Refusal.None) this.refusal = refusal;
    this.carryOutRefusal();
  }

  private carryOutRefusal(): void {
    if (this.hold.isOver && this.hold.state != HoldState.Refused) return;
    if (this.stream.isAnswered) return;
    this.hold.on(HoldEvent.Refuse);
    this.settle();
    this.body.forget();
    this.conversation.end();
    noteRefusal(this.policy.telemetry, this.parts.id, this.refusal, this.policy.now());
    this.stream.refuse(this.refusal, this.answer);
  }

  /** Nothing more is asked or waited for. */
  private settle(): void {
    this.policy.timers.remove(this);
    const slowClient = this.slowClient;
    if (slowClient !== null) this.policy.ledger.unlist(slowClient);
    this.unpinHead();
    this.parts.forget();
    this.body.clear();
  }

  // What is known of it, and what it waits for

  private planBody(head: RequestHead): void {
    const config = this.policy.config;
    this.plan.hasLength = this.length >= 0;
    this.plan.isStream = this.kind == RequestKind.Stream && this.length < 0;
    this.plan.endsInTrailers = this.length < 0 && !this.plan.isStream && announcesTrailers(head.pairs);
    this.asksHead = !this.policy.holding.mayWaitForBody;
    if (this.hasEnded || this.parts.restUnsent) return;
    const slowClient = new SlowClient(this, this.policy.timers.tick);
    this.slowClient = slowClient;
    this.policy.ledger.list(slowClient);
  }

  /** The head goes on before its body: what the router may send again has to be judged, or it may send nothing again. */
  private planBehindHead(): void {
    if (this.plan.isStream || this.hasEnded || this.parts.restUnsent) return;
    const isSmall = this.length >= 0 && this.length <= MOST_RETRIED;
    this.plan.mayBeRetried = isSmall || !this.hold.forbidRetries();
  }

  /** What follows its head is not asked about. With `block` a body is waited for even if none may come: to be refused. */
  private isOnlyHead(): bool {
    const config = this.policy.config;
    const takesNone = config.requestBodyLimit == 0;
    return (
      this.kind == RequestKind.Upgrade ||
      (takesNone && config.requestBodyOverflow != BodyOverflow.Block)
    );
  }

  private isDeclaredTooLong(): bool {
    if (this.policy.config.requestBodyOverflow != BodyOverflow.Block) return false;
    return this.length > i64(this.policy.config.requestBodyLimit);
  }

  /** Holding trailers is stopping once more: not where the router may keep what went on. */
  private get mayHoldTrailers(): bool {
    if (this.hold.state != HoldState.Flowing || this.body.released == 0) return true;
    return this.hold.router == RouterKeeps.Nothing;
  }

  private wait(): void {
    const needsTicks = !this.plan.hasLength || !this.policy.holding.isProven;
    const canChange = this.lastByteTick != i32.MAX_VALUE;
    if (this.awaitsClient && needsTicks && canChange) this.policy.timers.add(this);
    else this.policy.timers.remove(this);
  }

  private get patience(): i32 {
    if (this.sawBody) return PAUSE_TICKS;
    return this.plan.isStream ? STREAM_TICKS : this.policy.holding.patience;
  }

  private learnHolding(): void {
    if (this.sawBody) return;
    this.sawBody = true;
    if (!this.hold.hasReleased) this.policy.holding.sawBodyWhileHeld();
    else if (!this.plan.isStream) this.policy.holding.sawBodyOnlyAfterRelease();
  }

  private pin(bytes: u32): bool {
    const ledger = this.policy.ledger;
    if (!ledger.makeRoomFor(bytes, this.policy.timers.tick)) return false;
    this.pinned += bytes;
    ledger.noteHeld(bytes);
    return true;
  }

  private unpinHead(): void {
    this.policy.ledger.noteReleased(this.pinned);
    this.pinned = 0;
  }
}
