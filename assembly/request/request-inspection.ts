// When may a held request go on (sync mode)? When all of it has a verdict: it is held to its end and let go once. One that
// expects answers before it ends, or is longer than may be held, goes on part by part, each with its verdict.
import { FilterDataStatus, HeaderPairs, Status } from "as-proxy-wasm";
import { Refusal, RefusableStream } from "../block-response";
import { Decided } from "../decision-queue";
import { noteBlock, noteNoVerdict, noteRefusal } from "../decision-log";
import { decide, Decision } from "../failure-mode";
import { BodyPart } from "../node/body-part";
import { Outcome } from "../node/outcome";
import { ClientAnswer, Reply } from "../node/reply";
import { Conversation } from "../node/transport";
import { PartQuestion, ReplyTaker } from "../part-question";
import { PolicyContext } from "../policy-context";
import { RequestHead } from "../request-head";
import { RequestKind } from "../request-kind";
import { Metric } from "../telemetry";
import { TickListener } from "../timers";
import { BodyStore } from "./body-store";
import { Chunk, Hold, Written } from "./hold";
import { HoldAction, HoldEvent, HoldState } from "./hold-table";
import { RequestIntake } from "./request-intake";
import { RequestParts } from "./request-parts";
import { RequestTenancy } from "./request-tenancy";

/** Ticks without a new byte after which a body of unknown length may be one that expects an answer. */
const PAUSE_TICKS: i32 = 11;
/** Ticks that the head of such a request waits for what comes with it. */
const STREAM_TICKS: i32 = 2;
@final
export class RequestInspection extends TickListener implements ReplyTaker, Decided {
  private readonly body: BodyStore;
  private readonly parts: RequestParts;
  private readonly hold: Hold;
  private readonly intake: RequestIntake;
  private tenancy: RequestTenancy | null = null;
  /** The head is asked about, though its body is not there. */
  private asksHead: bool = false;
  private isAsked: bool = false;
  /** It goes on without a verdict; nothing more is asked about. */
  private isWithoutVerdict: bool = false;
  private refusal: Refusal = Refusal.None;
  private answer: ClientAnswer | null = null;
  /** True while a callback of the stream itself runs. */
  private isInCallback: bool = false;
  private isProceeding: bool = false;
  private sawBody: bool = false;
  /** There was no room for its body when its head came. */
  private wasInLine: bool = false;
  private lastByteTick: i32 = 0;

  constructor(
    private readonly policy: PolicyContext,
    private readonly stream: RefusableStream,
    head: RequestHead,
    private readonly conversation: Conversation,
  ) {
    super();
    const body = new BodyStore(policy.ledger);
    const parts = new RequestParts(stream.id, head, body);
    this.body = body;
    this.parts = parts;
    this.hold = new Hold(stream, body);
    this.intake = new RequestIntake(policy.config, body, parts);
  }

  /** What the callbacks of headers and trailers answer. */
  get goesOn(): bool {
    return this.hold.goesOn;
  }

  /** The node was asked about this request and the API has it, so that the node may hear of the response. */
  get isReported(): bool {
    return (
      this.hold.hasReleased &&
      this.parts.count > 0 &&
      !this.isWithoutVerdict &&
      !this.stream.isAnswered
    );
  }

  /** Nothing can be done before more of the request comes. */
  get awaitsClient(): bool {
    return !this.isAsked && !this.intake.isComplete && !this.hold.isOver;
  }

  /** The gateway is not to give any of the body: there is no room for it yet. */
  get holdsBack(): bool {
    return this.wasInLine && this.hold.state == HoldState.Head;
  }

  /** There is room for its body now, or it has waited long enough. */
  onAdmitted(): void {
    this.tenancy!.noteAdmitted();
    this.policy.decisions.addForLater(this);
  }

  get bodySeen(): u64 {
    return this.body.seen;
  }

  onHeaders(head: RequestHead, kind: RequestKind, endOfStream: bool): void {
    this.isInCallback = true;
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.lastByteTick = this.policy.timers.tick;
    this.intake.onHead(head, kind, endOfStream);
    this.asksHead = !this.policy.holding.mayWaitForBody;
    const policy = this.policy;
    const tenancy = new RequestTenancy(this, policy.ledger, policy.admission, policy.timers);
    this.tenancy = tenancy;
    if (!this.intake.isComplete) {
      tenancy.waitForClient(this.intake.toBeHeld);
      // Its age is counted in ticks.
      policy.timers.arm();
      this.wasInLine = tenancy.isInLine;
      // Of a request in line the head is judged meanwhile: it has to go on before the gateway gives the body.
      this.asksHead = this.asksHead || tenancy.isInLine;
    }
    if (this.intake.isDeclaredTooLong) this.refuse(Refusal.TooLarge);
    else if (!tenancy.pin(head.pairs.byteLength)) this.refuse(Refusal.NoMemory);
    else this.proceed();
    this.isInCallback = false;
  }

  onBody(size: u32, endOfStream: bool): FilterDataStatus {
    // One that is over may still end: then it has not broken off.
    this.intake.hasEnded = this.intake.hasEnded || endOfStream;
    if (this.hold.isOver || (size == 0 && !endOfStream)) return this.hold.answerToChunk();
    this.isInCallback = true;
    this.learnHolding();
    this.lastByteTick = this.policy.timers.tick;
    this.takeChunk(size);
    this.proceed();
    this.isInCallback = false;
    const status = this.hold.answerToChunk();
    if (this.hold.wantsLook) this.policy.decisions.addForLater(this);
    return status;
  }

  onTrailers(trailers: HeaderPairs | null): void {
    this.intake.hasEnded = true;
    if (this.hold.isOver) return;
    this.isInCallback = true;
    this.parts.trailers = trailers;
    if (this.isPassed && this.hold.state == HoldState.Flowing) {
      this.hold.on(HoldEvent.PassedAll);
      this.settlePassed();
    } else if (!this.holdsTrailers()) this.refuse(Refusal.NoLength);
    else if (trailers === null) this.settleUnread("the gateway gave no trailers");
    else if (!this.tenancy!.pin(trailers.byteLength)) this.refuse(Refusal.NoMemory);
    else this.proceed();
    this.isInCallback = false;
  }

  /** The API has begun to answer: what it got is not kept for it any more. */
  onResponse(): void {
    this.hold.hasResponse = true;
    if (this.hold.isOver) this.body.forget();
    else this.body.unpinReleased();
  }

  /** Its client is answered by us, and be it for its response. */
  onAnswered(): void {
    this.hold.on(HoldEvent.Refuse);
    this.settle();
    this.body.forget();
  }

  /** The stream is gone: nothing of it is touched any more. Replies under way find it so. */
  onGone(): void {
    this.tellAborted();
    this.hold.on(HoldEvent.Gone);
    this.settle();
    this.body.forget();
  }

  /** The node that was asked about its begin would wait for the rest. One that was refused by the node has ended there. */
  private tellAborted(): void {
    if (this.parts.count == 0 || this.parts.hasLast) return;
    if (this.isWithoutVerdict || this.refusal == Refusal.Forbidden) return;
    const part = new BodyPart();
    part.number = this.parts.count;
    part.aborted = !this.intake.isComplete;
    part.trailers = this.parts.trailers;
    part.bodySize = this.body.seen;
    // Of one that is answered by us the rest is not looked at.
    part.truncated = this.body.seen > this.parts.asked || this.stream.isAnswered;
    this.policy.outbox.note(this.parts.id, this.conversation.reportAborted(part));
  }

  /** Called at each tick while this stream waits for bytes. */
  onTick(tick: i32): void {
    if (tick - this.lastByteTick < this.patience) return;
    if (!this.sawBody) this.asksHead = true;
    // What is in the module can't go on now: it waits for the rest. So does what has a length.
    else if (this.hold.state == HoldState.Staged && !this.intake.plan.hasLength) {
      this.intake.plan.isStream = true;
    }
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
    if (this.hold.isTorn) this.refuse(Refusal.KeptByRouter);
    else this.proceed();
  }

  /** Memory is full and this client is slow. What is held is given up now; the answer may have to wait for its turn. */
  evict(): void {
    this.refusal = Refusal.SlowClient;
    this.body.forget();
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
    if (this.intake.isTooLongWith(size)) {
      this.refuse(Refusal.TooLarge);
      return;
    }
    if (!this.tenancy!.hasRoomFor(size)) {
      this.refuse(Refusal.NoMemory);
      return;
    }
    this.intake.noteChunk(size);
    // What was promised its room need not go on in parts.
    const isShort = this.policy.ledger.isShort && !this.tenancy!.isPromised;
    this.tenancy!.noteArrived(size);
    // A filter before us has made the body longer than its length says.
    const isBeyond = this.parts.hasLast && !this.parts.restUnsent && size > 0;
    const room = this.parts.hasLast ? 0 : this.intake.roomFor(size);
    const isExchanged = this.intake.isExchanged(this.hold, size, isShort);
    const event = this.intake.eventOf(this.hold, size, isShort);
    const chunk = isExchanged
      ? this.hold.exchange(size, room, this.parts.judged)
      : this.hold.onChunk(event, u32(kept), held, room);
    if (chunk == Chunk.Misplaced) this.refuse(Refusal.KeptByRouter);
    else if (chunk == Chunk.Unread) this.settleUnread("the gateway gave no body");
    else if (isBeyond) this.settleUnread("more of the body came than was declared");
  }

  /** Asks, and then lets go or answers, as far as what is known allows. */
  private proceed(): void {
    if (this.isProceeding || this.hold.isOver) return;
    this.isProceeding = true;
    while (this.isToAsk()) this.ask();
    this.isProceeding = false;
    if (this.intake.isKeptTwice(this.hold)) this.refuse(Refusal.KeptByRouter);
    if (this.refusal != Refusal.None) this.carryOutRefusal();
    else if (!this.isAsked) this.letGo();
    this.wait();
  }

  private isToAsk(): bool {
    if (this.isAsked || this.isWithoutVerdict || this.refusal != Refusal.None) return false;
    if (this.parts.hasLast || this.hold.state == HoldState.Leaving) return false;
    return this.intake.hasPart(this.asksHead);
  }

  private ask(): void {
    this.isAsked = true;
    const part = this.parts.cut(this.policy.config.requestBodyLimit, this.intake.isComplete);
    const question = new PartQuestion(this, this.parts, part, this.policy.now());
    this.policy.verbose.logPart(
      this.parts.id,
      part == 0 ? this.parts.headToAsk() : null,
      this.parts.partToAsk(part)!,
    );
    question.conversation = this.conversation;
    this.policy.transport.desk.ask(question);
  }

  private take(part: u32, reply: Reply, now: u64): void {
    this.policy.telemetry.countOutcome(reply.outcome);
    if (reply.outcome == Outcome.Pass) this.parts.judged = this.parts.asked;
    if (this.hold.isOver || reply.outcome == Outcome.Pass) return;
    const config = this.policy.config;
    const decision = decide(reply, config.fallbackAction, config.unjudgedAction);
    if (reply.outcome == Outcome.Block)
      noteBlock(this.policy.telemetry, this.parts.id, part, reply, now);
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
    const isAll = this.isPassed;
    if (!isAll && !this.intake.mayGoInPart(this.hold.state, this.asksHead)) return;
    if (!isAll && this.tenancy!.isInLine) return;
    // The stream's own buffer is not written in a callback of the stream.
    if (this.hold.state == HoldState.Open && this.isInCallback) {
      this.policy.decisions.addForLater(this);
      return;
    }
    if (!isAll && this.hold.state == HoldState.Head) this.intake.planBehindHead(this.hold);
    // Where the router keeps what it got, the next chunk comes merged with that: each is written by itself then.
    if (this.hold.hasGoneAhead()) {
      this.refuse(Refusal.KeptByRouter);
      return;
    }
    const isForGood = isAll && (this.intake.hasEnded || !this.hold.mayMerge);
    if (isAll && !isForGood) this.passPieces();
    const action = this.hold.on(isForGood ? HoldEvent.PassedAll : HoldEvent.Passed);
    if (action == HoldAction.Continue) this.release();
    else if (action == HoldAction.WriteAndContinue)
      this.write(isAll ? this.body.seen : this.parts.asked, isForGood);
    if (this.hold.state == HoldState.Released) this.settlePassed();
  }

  /** Nothing of the request waits for a verdict any more. */
  private get isPassed(): bool {
    return this.isWithoutVerdict || this.parts.hasLast;
  }

  /** What still comes is let through piece by piece, and its client may take its time. */
  private passPieces(): void {
    this.intake.plan.isStream = true;
    this.policy.ledger.unlist(this.tenancy!);
  }

  private settlePassed(): void {
    this.stream.forgetHead();
    if (this.isWithoutVerdict) this.conversation.endIfIdle();
    else this.policy.telemetry.count(Metric.RequestsPassed);
    this.settle();
  }

  private release(): void {
    if (this.hold.release(this.isInCallback) == Status.Ok) return;
    this.policy.telemetry.noteStuck(this.parts.id, "request", this.policy.now());
    // What has to go on can't be told from what the router keeps any more.
    if (this.hold.state != HoldState.Released) this.refuse(Refusal.KeptByRouter);
  }

  private write(end: u64, isLast: bool): void {
    const written = this.hold.writeAndRelease(end, isLast);
    if (written != Written.Whole) this.hold.reopen();
    if (written == Written.Impossible) this.refuse(Refusal.KeptByRouter);
    else this.policy.decisions.addForLater(this);
  }

  // How it is refused

  private refuse(refusal: Refusal): void {
    if (this.refusal == Refusal.None) this.refusal = refusal;
    this.carryOutRefusal();
  }

  private carryOutRefusal(): void {
    if (this.hold.isOver && this.hold.state != HoldState.Refused) return;
    if (this.stream.isAnswered) return;
    this.conversation.end();
    noteRefusal(this.policy.telemetry, this.parts.id, this.refusal, this.policy.now());
    this.stream.refuse(this.refusal, this.answer);
  }

  /** Nothing more is asked or waited for. */
  private settle(): void {
    this.policy.timers.remove(this);
    const tenancy = this.tenancy;
    if (tenancy !== null) tenancy.leave();
    this.parts.forget();
    this.body.clear();
  }

  // What it waits for

  private holdsTrailers(): bool {
    if (!this.intake.mayHoldTrailers(this.hold)) return false;
    return this.hold.on(HoldEvent.Trailers) != HoldAction.RefuseTrailers;
  }

  private wait(): void {
    const needsTicks = !this.intake.plan.hasLength || !this.policy.holding.isProven;
    const canChange = this.lastByteTick != i32.MAX_VALUE;
    if (this.awaitsClient && needsTicks && canChange) this.policy.timers.add(this);
    else this.policy.timers.remove(this);
  }

  private get patience(): i32 {
    if (this.sawBody) return PAUSE_TICKS;
    return this.intake.plan.isStream ? STREAM_TICKS : this.policy.holding.patience;
  }

  private learnHolding(): void {
    if (this.sawBody) return;
    this.sawBody = true;
    if (this.wasInLine) return;
    if (!this.hold.hasReleased) this.policy.holding.sawBodyWhileHeld();
    else if (!this.intake.plan.isStream) this.policy.holding.sawBodyOnlyAfterRelease();
  }
}
