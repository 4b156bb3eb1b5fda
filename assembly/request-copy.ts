// How is a request told that nobody holds (async mode)? Its bytes are copied while they pass by, and told when it has ended,
// when a part is complete, or when it has lasted for a while.
import { HeaderPairs } from "as-proxy-wasm";
import { bodyMemoryIsShort } from "./body-memory";
import { BodyOverflow } from "./config";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { RequestKind } from "./request-kind";
import { RequestParts } from "./request-parts";
import { Metric } from "./telemetry";

/** Of a larger request_body_limit too no more is gathered before it is told. */
const MAX_PART: u32 = 1024 * 1024;
/** What came of a request that goes on is told after a second at the latest. */
const FLUSH_TICKS: i32 = 10;

export class RequestCopy extends RequestParts {
  /** A message of it was dropped: the node could not make sense of the others. */
  isLost: bool = false;
  private waitsSince: i32 = 0;

  constructor(policy: PolicyContext, id: RequestId, head: RequestHead, conversation: Conversation) {
    super(policy, id, head, conversation);
    this.partLimit = min(this.partLimit, MAX_PART);
  }

  onHeaders(kind: RequestKind, endOfStream: bool): void {
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.ended = endOfStream;
    this.restUntold = !endOfStream && this.isOnlyHead(kind);
    this.proceed();
  }

  /** False: the body is over its limit and has to be refused (`request_body_overflow: block`). */
  onBody(size: u32, endOfStream: bool): bool {
    this.ended = this.ended || endOfStream;
    if (this.lastTold) return true;
    if (!this.takeChunk(size)) this.restUntold = true;
    const overflow = this.policy.config.requestBodyOverflow;
    if (this.isOverLimit && overflow == BodyOverflow.Block) {
      this.restUntold = true;
      return false;
    }
    this.proceed();
    return true;
  }

  onTrailers(trailers: HeaderPairs | null): void {
    this.trailers = trailers;
    this.ended = true;
    this.proceed();
  }

  onTick(tick: i32): void {
    if (tick - this.waitsSince >= FLUSH_TICKS) this.flush();
  }

  /** Tells what there is: a response must not be told before its request. */
  flush(): void {
    if (!this.lastTold && this.isUntold) this.tell();
    this.wait();
  }

  /** The stream has ended, perhaps before its request did: what was seen is told. */
  onGone(): void {
    this.ended = true;
    this.proceed();
    this.forget();
  }

  private proceed(): void {
    while (!this.lastTold && this.isReady()) this.tell();
    this.wait();
  }

  private isReady(): bool {
    if (this.ended || this.restUntold) return true;
    if (this.nextPart == 0 && this.conversation.tellsHeadAlone) return true;
    const held = this.body.length;
    return held > 0 && (held >= this.partLimit || bodyMemoryIsShort());
  }

  private get isUntold(): bool {
    return this.nextPart == 0 || this.body.length > 0;
  }

  private tell(): void {
    if (this.policy.outbox.note(this.id, this.tellNextPart(null))) return;
    this.isLost = true;
    this.lastTold = true;
    this.forget();
  }

  /** Ticks are needed only while there is something to tell. */
  private wait(): void {
    if (this.lastTold || !this.isUntold) this.policy.timers.remove(this);
    else if (!this.isWaiting) {
      this.waitsSince = this.policy.timers.tick;
      this.policy.timers.add(this);
    }
  }
}
