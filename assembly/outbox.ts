// How do messages leave that nobody waits for (responses, and all of async mode)? Each at once, in a call of its own; what
// can't be sent or is not taken by the node is counted and told.
import { Outcome } from "./node/outcome";
import { Question } from "./node/question";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";
import { Metric, Telemetry } from "./telemetry";

/** With more calls than this under way the node is too slow: new messages are dropped instead of piling up. */
const MAX_UNDER_WAY: i32 = 1024;

export class Outbox {
  private underWay: i32 = 0;

  constructor(private readonly telemetry: Telemetry) {}

  get isFull(): bool {
    return this.underWay >= MAX_UNDER_WAY;
  }

  /** Takes what is told to a node with `delivery`, and what `told` was known of it at once. */
  note(delivery: Delivery, told: Reply | null): void {
    if (told === null) this.underWay++;
    else this.settle(delivery, told);
  }

  /** For a message that is about to be told. */
  delivery(id: RequestId, part: u32, now: u64): Delivery {
    const delivery = new Delivery(this, id, part);
    delivery.askedAt = now;
    return delivery;
  }

  /** A message that was not even written, for the outbox is full. */
  drop(): void {
    this.telemetry.count(Metric.OutboxDropped);
  }

  onDelivered(delivery: Delivery, reply: Reply): void {
    this.underWay--;
    this.settle(delivery, reply);
  }

  private settle(delivery: Delivery, reply: Reply): void {
    if (reply.outcome == Outcome.Pass) this.telemetry.count(Metric.OutboxSent);
    else this.telemetry.noteLoss(delivery.id, reply, delivery.askedAt);
  }
}

export class Delivery extends Question {
  constructor(
    private readonly outbox: Outbox,
    id: RequestId,
    part: u32,
  ) {
    super(id, part);
  }

  get wantsVerdict(): bool {
    return false;
  }

  onReply(reply: Reply): void {
    this.outbox.onDelivered(this, reply);
  }
}
