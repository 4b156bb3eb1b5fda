// How is a request reported that nobody holds (async mode)? Its bytes are copied while they pass by, and sent when it has ended,
// when a part is complete, or when it has lasted for a while.
import { BufferType, HeaderPairs } from "as-proxy-wasm";
import { BodyCollector } from "./body-collector";
import { BodyOverflow } from "./config";
import { BodyPart } from "./node/body-part";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { RequestKind } from "./request-kind";
import { Metric } from "./telemetry";
import { TickListener } from "./timers";

/** Of a larger request_body_limit too no more is gathered before it is sent. */
const MAX_PART: u32 = 1024 * 1024;
/** What came of a request, or of a response, that goes on is sent after a second at the latest. */
export const FLUSH_TICKS: i32 = 10;

export class RequestCopy extends TickListener {
  private readonly body: BodyCollector;
  private nextPart: u32 = 0;
  /** The end of the request was seen. */
  private hasEnded: bool = false;
  /** The stream ended before it. */
  private isAborted: bool = false;
  /** A part with `last` was sent: nothing more will be. */
  private hasSentLast: bool = false;
  /** Bytes follow that the node will not get: it is informed of that. */
  private restUnsent: bool = false;
  private trailers: HeaderPairs | null = null;
  private sent: u64 = 0;
  private waitsSince: i32 = 0;

  constructor(
    private readonly policy: PolicyContext,
    private readonly id: RequestId,
    /** Needed for part 0 only, then let go. */
    private head: RequestHead | null,
    private readonly conversation: Conversation,
  ) {
    super();
    this.body = new BodyCollector(BufferType.HttpRequestBody, policy.ledger);
  }

  onHeaders(kind: RequestKind, endOfStream: bool): void {
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.hasEnded = endOfStream;
    this.restUnsent = !endOfStream && this.isOnlyHead(kind);
    this.proceed();
  }

  /** False: the body is over its limit and has to be refused (`request_body_overflow: block`). */
  onBody(size: u32, endOfStream: bool): bool {
    this.hasEnded = this.hasEnded || endOfStream;
    if (this.hasSentLast) return true;
    this.takeChunk(size);
    if (this.isOverLimit && this.policy.config.requestBodyOverflow == BodyOverflow.Block) {
      this.restUnsent = true;
      return false;
    }
    this.proceed();
    return true;
  }

  onTrailers(trailers: HeaderPairs | null): void {
    this.trailers = trailers;
    this.hasEnded = true;
    this.proceed();
  }

  onTick(tick: i32): void {
    if (tick - this.waitsSince >= FLUSH_TICKS) this.flush();
  }

  /** Sends what there is: a response must not be reported before its request. */
  flush(): void {
    if (!this.hasSentLast && this.isUnsent) this.sendPart();
    this.wait();
  }

  /** The stream has ended, perhaps before its request did: what was seen is sent. */
  onGone(): void {
    this.isAborted = !this.hasEnded && !this.restUnsent;
    this.hasEnded = true;
    this.proceed();
    this.forget();
  }

  private proceed(): void {
    while (!this.hasSentLast && this.isReady()) this.sendPart();
    this.wait();
  }

  private isReady(): bool {
    if (this.hasEnded || this.restUnsent) return true;
    if (this.nextPart == 0 && this.conversation.reportsHeadAlone) return true;
    const held = this.body.length;
    return held > 0 && (held >= this.partLimit || this.policy.ledger.isShort);
  }

  private get isUnsent(): bool {
    return this.nextPart == 0 || this.body.length > 0;
  }

  private get partLimit(): u32 {
    return min(this.policy.config.requestBodyLimit, MAX_PART);
  }

  private get isOverLimit(): bool {
    return this.body.seen > u64(this.policy.config.requestBodyLimit);
  }

  private isOnlyHead(kind: RequestKind): bool {
    const config = this.policy.config;
    const takesNone = config.requestBodyLimit == 0;
    return (
      kind >= RequestKind.Upgrade || (takesNone && config.requestBodyOverflow != BodyOverflow.Block)
    );
  }

  private takeChunk(size: u32): void {
    // The node could not make sense of what comes behind a message that was dropped: it is only counted.
    if (this.conversation.isLost) this.body.goBlind();
    const overflow = this.policy.config.requestBodyOverflow;
    let room: u64 = size;
    if (overflow != BodyOverflow.Inspect) {
      const limit = u64(this.policy.config.requestBodyLimit);
      const taken = this.sent + u64(this.body.length);
      room = limit > taken ? limit - taken : 0;
    }
    const isTaken = this.body.take(size, u32(min(room, u64(size))));
    const flowsOn = overflow == BodyOverflow.Pass && this.isOverLimit;
    if (!isTaken || flowsOn) this.restUnsent = true;
  }

  private sendPart(): void {
    const part = new BodyPart();
    part.number = this.nextPart++;
    part.length = min(this.body.length, this.partLimit);
    part.held = this.body.bytes;
    part.last = (this.restUnsent || this.hasEnded) && part.length == this.body.length;
    this.sent += part.length;
    part.bodySize = this.sent;
    part.truncated = part.last && this.restUnsent;
    if (part.truncated) part.bodySize = this.body.seen;
    part.aborted = part.last && this.isAborted;
    part.trailers = part.last ? this.trailers : null;
    this.hasSentLast = part.last;
    if (!this.conversation.isLost) this.policy.verbose.logPart(this.id, this.head, part);
    this.policy.outbox.note(this.id, this.conversation.report(this.head, part));
    this.body.drop(part.length);
    this.head = null;
  }

  private forget(): void {
    this.body.clear();
    this.head = null;
    this.trailers = null;
  }

  /** Ticks are needed only while there is something to send. */
  private wait(): void {
    if (this.hasSentLast || !this.isUnsent) this.policy.timers.remove(this);
    else if (!this.isWaiting) {
      this.waitsSince = this.policy.timers.tick;
      this.policy.timers.add(this);
    }
  }
}
