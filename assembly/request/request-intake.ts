// How far has a held request come in, where is the next chunk of it kept, and is there a part to be asked about? Answers from
// what is known of its body: whether it has a length, expects answers before it ends, or is longer than may be held.
import { BodyOverflow, Config } from "../config";
import { RequestHead } from "../request-head";
import { announcesTrailers, contentLength, RequestKind } from "../request-kind";
import { BodyStore } from "./body-store";
import { ChunkPlan } from "./chunk-plan";
import { Hold, RouterKeeps } from "./hold";
import { HoldEvent, HoldState } from "./hold-table";
import { RequestParts } from "./request-parts";

/** Bytes that a body behind a released head may have to be sent again by the router: the buffer limit of Istio's gateways. */
const MOST_RETRIED: i64 = 32768;

/** A part of request_hold_limit: so much more is held of a body whose end is near. */
const LITTLE: u64 = 8;

@final
export class RequestIntake {
  readonly plan: ChunkPlan = new ChunkPlan();
  /** The end of the request was seen. */
  hasEnded: bool = false;
  /** Longer than may be held: what belongs together goes on when it was judged. */
  goesInParts: bool = false;
  /** Declared; -1: unknown. */
  private length: i64 = -1;

  constructor(
    private readonly config: Config,
    private readonly body: BodyStore,
    private readonly parts: RequestParts,
  ) {}

  onHead(head: RequestHead, kind: RequestKind, endOfStream: bool): void {
    this.hasEnded = endOfStream;
    this.length = contentLength(head.pairs);
    this.parts.restUnsent = !endOfStream && this.isOnlyHead(kind);
    this.plan.hasLength = this.length >= 0;
    this.plan.isStream = kind == RequestKind.Stream && this.length < 0;
    this.plan.endsInTrailers =
      this.length < 0 && !this.plan.isStream && announcesTrailers(head.pairs);
  }

  /** Bytes of the body that are declared and will be held; 0: none, or nobody knows. */
  get toBeHeld(): u64 {
    if (this.length <= 0 || this.parts.restUnsent) return 0;
    const isWhole = this.config.requestBodyOverflow == BodyOverflow.Inspect;
    const most = isWhole ? this.config.requestHoldLimit : this.config.requestBodyLimit;
    return min(u64(this.length), u64(most));
  }

  /** `request_body_overflow: block`, and more is declared. */
  get isDeclaredTooLong(): bool {
    return this.isBlocking && this.length > i64(this.config.requestBodyLimit);
  }

  /** The same, and with the `size` bytes that come now it is more. */
  isTooLongWith(size: u32): bool {
    return this.isBlocking && this.isOverLimit(size);
  }

  /** `size` bytes come now. What is beyond request_body_limit flows on unjudged with `pass`. */
  noteChunk(size: u32): void {
    if (this.config.requestBodyOverflow == BodyOverflow.Inspect || !this.isOverLimit(size)) return;
    this.parts.restUnsent = true;
    this.parts.end = u64(this.config.requestBodyLimit);
  }

  /** How many of the `size` bytes that come now are asked about. */
  roomFor(size: u32): u32 {
    const copied = this.body.copied;
    const end = min(this.parts.end, copied + u64(size));
    return end > copied ? u32(end - copied) : 0;
  }

  /** All that will be asked about is there. */
  get isComplete(): bool {
    return this.isCompleteAt(this.body.seen);
  }

  /** Where the `size` bytes are kept that come now. */
  eventOf(hold: Hold, size: u32, memoryIsShort: bool): HoldEvent {
    const end = this.body.seen + u64(size);
    const isLast = this.isCompleteAt(end);
    const partLimit = u64(this.config.requestBodyLimit);
    if (this.body.released > 0) {
      const isPart = end - this.parts.asked >= partLimit;
      const isOpen = hold.state == HoldState.Open;
      return this.plan.afterRelease(hold.router, isLast, isPart, isOpen);
    }
    const isFull = this.isFullAt(end, memoryIsShort);
    this.goesInParts = this.goesInParts || (isFull && !isLast);
    return hold.hasReleased
      ? this.plan.behindHead(end, isLast, isFull)
      : this.plan.beforeRelease(end, isLast, isFull);
  }

  /** With the `size` bytes that come now it is too long to be held, and something of it was judged that can go on. */
  isExchanged(hold: Hold, size: u32, memoryIsShort: bool): bool {
    if (hold.state != HoldState.Taken || this.parts.judged == 0 || this.body.released > 0)
      return false;
    const end = this.body.seen + u64(size);
    return this.isFullAt(end, memoryIsShort) && !this.isCompleteAt(end);
  }

  /** A part is there to be asked about. `asksHead`: the head is one, without its body. */
  hasPart(asksHead: bool): bool {
    if (this.isComplete) return true;
    const unasked = this.parts.unasked;
    if (unasked == 0) return asksHead && this.parts.count == 0;
    if (unasked >= u64(this.config.requestBodyLimit) || this.plan.isStream) return true;
    return this.goesInParts && this.body.staged > this.parts.asked;
  }

  /** What lies in the gateway, or in the module for it, was judged, and need not wait for the rest. */
  mayGoInPart(state: HoldState, asksHead: bool): bool {
    if (this.parts.count == 0) return false;
    if (state == HoldState.Head) return asksHead;
    const judged = this.parts.asked;
    if (state == HoldState.Open) return this.plan.isStream && judged > this.body.staged;
    const isStaged = state == HoldState.Staged || state == HoldState.Behind;
    return isStaged && (this.plan.isStream || this.goesInParts) && judged >= this.body.staged;
  }

  /** The head goes on before its body: what the router may send again has to be judged, or it may send nothing again. */
  planBehindHead(hold: Hold): void {
    if (this.plan.isStream || this.hasEnded || this.parts.restUnsent) return;
    const isSmall = this.length >= 0 && this.length <= MOST_RETRIED;
    this.plan.isSentOnce = !isSmall && hold.forbidRetries();
    this.plan.mayBeRetried = !this.plan.isSentOnce;
  }

  /** What was released lies in the stream's buffer: continuing once more would send it twice. */
  isKeptTwice(hold: Hold): bool {
    const isKept = hold.router == RouterKeeps.Something && this.body.released > 0;
    return isKept && !this.plan.isStream && !hold.isOver;
  }

  /** Holding trailers is stopping once more: not where the router may keep what went on. */
  mayHoldTrailers(hold: Hold): bool {
    if (hold.state != HoldState.Flowing || this.body.released == 0) return true;
    return hold.router == RouterKeeps.Nothing;
  }

  /** What follows the head is not asked about. With `block` a body is waited for even if none may come: to be refused. */
  private isOnlyHead(kind: RequestKind): bool {
    const takesNone = this.config.requestBodyLimit == 0;
    return kind >= RequestKind.Upgrade || (takesNone && !this.isBlocking);
  }

  private get isBlocking(): bool {
    return this.config.requestBodyOverflow == BodyOverflow.Block;
  }

  private isOverLimit(size: u32): bool {
    return this.body.seen + u64(size) > u64(this.config.requestBodyLimit);
  }

  private isFullAt(end: u64, memoryIsShort: bool): bool {
    const isShort = memoryIsShort && end >= u64(this.config.requestBodyLimit);
    // What little is left is held too: its end would come before it is known what the router keeps.
    const little = u64(this.config.requestHoldLimit) / LITTLE;
    const isNearlyAll = this.length >= 0 && end + little >= u64(this.length);
    return !isNearlyAll && (isShort || end > u64(this.config.requestHoldLimit));
  }

  private isCompleteAt(end: u64): bool {
    return this.hasEnded || this.parts.restUnsent || (this.length >= 0 && end >= u64(this.length));
  }
}
