// What becomes of the messages that nobody waits for (responses, and all of async mode)? Each is counted as sent or as
// dropped; of those that are dropped one line a minute tells how many, and why.
import { decimalText, getCurrentTimeNanoseconds } from "as-proxy-wasm";
import { outcomeName, Outcome } from "./node/outcome";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";
import { Metric, printable, REPEAT_AFTER_NS, Telemetry } from "./telemetry";
import { TickListener, Timers } from "./timers";

export class Outbox extends TickListener {
  /** Dropped since the last line. */
  private untold: u32 = 0;
  private lastId: RequestId | null = null;
  private lastReply: Reply | null = null;
  /** Of the last line, nanoseconds since the epoch. */
  private toldAt: u64 = 0;

  constructor(
    private readonly telemetry: Telemetry,
    private readonly timers: Timers,
  ) {
    super();
  }

  /** Takes what was known at once of a message that was reported; null if that is known later, and counted then. */
  note(id: RequestId, told: Reply | null): void {
    if (told !== null) this.lost(1, id, told);
  }

  sent(count: u32): void {
    this.telemetry.count(Metric.OutboxSent, count);
  }

  /** `id` is that of one of them. */
  lost(count: u32, id: RequestId, reply: Reply): void {
    this.telemetry.count(Metric.OutboxDropped, count);
    this.telemetry.countOutcome(reply.outcome, count);
    this.untold += count;
    this.lastId = id;
    this.lastReply = reply;
    // What is dropped within the minute is told when it is over, though nothing more be dropped.
    if (!this.isTold()) this.timers.add(this);
  }

  onTick(tick: i32): void {
    if (this.isTold()) this.timers.remove(this);
  }

  /** Writes the line that is still to be written, though it be early. */
  report(): void {
    const id = this.lastId;
    const reply = this.lastReply;
    if (id === null || reply === null) return;
    const reason = outcomeName(reply.outcome) + (reply.detail.length > 0 ? ": " : "");
    const text = "messages for the node dropped: " + decimalText(this.untold) + ", the last: ";
    this.telemetry.warn(id, text + reason + printable(reply.detail));
    this.untold = 0;
    this.lastId = null;
    this.lastReply = null;
  }

  /** Tells of what was dropped, if that is due. False: it will be. */
  private isTold(): bool {
    const now = getCurrentTimeNanoseconds();
    if (this.toldAt != 0 && now - this.toldAt < REPEAT_AFTER_NS) return this.untold == 0;
    this.toldAt = now;
    this.report();
    return true;
  }
}
