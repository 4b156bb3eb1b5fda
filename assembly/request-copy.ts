// How is a request told that nobody holds (async mode)? Its bytes are copied while they pass by, and each complete part is
// sent at once.
import { HeaderPairs } from "as-proxy-wasm";
import { bodyMemoryIsShort } from "./body-memory";
import { BodyOverflow } from "./config";
import { RequestKind } from "./request-kind";
import { RequestParts } from "./request-parts";
import { Metric } from "./telemetry";

export class RequestCopy extends RequestParts {
  /** Nothing here waits. */
  onTick(tick: i32): void {}

  get isTold(): bool {
    return this.nextPart > 0;
  }

  onHeaders(kind: RequestKind, endOfStream: bool): void {
    this.policy.telemetry.count(Metric.RequestsInspected);
    this.ended = endOfStream;
    const isUntold = kind == RequestKind.Upgrade || this.policy.config.requestBodyLimit == 0;
    if (!endOfStream && isUntold) this.restUntold = true;
    this.proceed();
  }

  /** False: the body is over its limit and has to be refused (`request_body_overflow: block`). */
  onBody(size: u32, endOfStream: bool): bool {
    this.ended = this.ended || endOfStream;
    if (this.lastTold) return true;
    if (!this.takeChunk(size)) this.restUntold = true;
    const overflow = this.policy.config.requestBodyOverflow;
    if (this.isOverLimit && overflow == BodyOverflow.Block) return false;
    this.proceed();
    return true;
  }

  onTrailers(trailers: HeaderPairs | null): void {
    this.trailers = trailers;
    this.ended = true;
    this.proceed();
  }

  /** The stream has ended, perhaps before its request did: what was seen is told. */
  onGone(): void {
    this.ended = true;
    this.proceed();
    this.forget();
  }

  private proceed(): void {
    while (!this.lastTold && this.isReady()) {
      if (this.policy.outbox.isFull) {
        this.giveUp();
        return;
      }
      const delivery = this.policy.outbox.delivery(this.id, this.nextPart, this.policy.now());
      this.policy.outbox.note(delivery, this.tellNextPart(delivery));
    }
  }

  private isReady(): bool {
    if (this.ended || this.restUntold) return true;
    if (this.nextPart == 0 && this.conversation.tellsHeadAlone) return true;
    return this.body.length >= this.partLimit || (bodyMemoryIsShort() && this.body.length > 0);
  }

  /** A node that gets no part 0 can't use the others. */
  private giveUp(): void {
    this.policy.outbox.drop();
    this.lastTold = true;
    this.forget();
  }
}
