// How do messages leave that nobody waits for (responses, and all of async mode)? Each at once, in a call of its own; what
// can't be sent or is not taken by the node is counted and told.
import { ByteWriter } from "as-proxy-wasm";
import { NodeClient } from "./node/node-client";
import { Outcome } from "./node/outcome";
import { Question } from "./node/question";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";
import { Metric, Telemetry } from "./telemetry";

/** With more calls than this under way the node is too slow: new messages are dropped instead of piling up. */
const MAX_UNDER_WAY: i32 = 1024;

export class Outbox {
  private underWay: i32 = 0;

  constructor(
    private readonly client: NodeClient,
    private readonly telemetry: Telemetry,
  ) {}

  get isFull(): bool {
    return this.underWay >= MAX_UNDER_WAY;
  }

  /** An empty call body for one message; valid until the next. */
  begin(): ByteWriter {
    return this.client.begin();
  }

  /** Sends what was written since `begin`. */
  send(id: RequestId, part: u32, now: u64): void {
    const delivery = new Delivery(this, id, part);
    const refused = this.client.send(delivery, now);
    if (refused === null) this.underWay++;
    else this.note(id, refused, now);
  }

  /** A message that was not even written, for the outbox is full. */
  drop(): void {
    this.telemetry.count(Metric.OutboxDropped);
  }

  onDelivered(delivery: Delivery, reply: Reply): void {
    this.underWay--;
    this.note(delivery.id, reply, delivery.askedAt);
  }

  private note(id: RequestId, reply: Reply, now: u64): void {
    if (reply.outcome == Outcome.Pass) {
      this.telemetry.count(Metric.OutboxSent);
      return;
    }
    this.telemetry.count(Metric.OutboxDropped);
    this.telemetry.countOutcome(reply.outcome);
    this.telemetry.warnNoVerdict(reply.outcome, id, reply.detail, now);
  }
}

class Delivery extends Question {
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
