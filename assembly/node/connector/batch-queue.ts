// When do messages leave that nobody waits for? With the next tick, or as soon as a batch is full; so many at a time that
// a node which falls behind gets fuller batches instead of more calls, and within a bound for what waits or is under way.
import { ByteWriter, dispatchHttpCall, IdTable, Status } from "as-proxy-wasm";
import { Outbox } from "../../outbox";
import { RequestId } from "../../request-id";
import { Timers } from "../../timers";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { QUEUE_FULL, refusedCall } from "../refused-call";
import { Reply } from "../reply";
import { Batch, MAX_BYTES } from "./batch";
import { settleBatch } from "./batch-answer";
import { answerBody, failureOf } from "./http-reply";

/** With so many calls under way, a batch waits until it is full. */
const CALLS_AT_ONCE: i32 = 16;
/** Empty batches that keep their pages while there is traffic. */
const MOST_SPARE: i32 = 4;

/** All that goes to one node: the messages about a request belong together. */
export class BatchQueue {
  private open: Batch | null = null;
  /** To be sent once more, at the next tick. */
  private refused: Batch | null = null;
  private spare: Batch | null = null;
  private spareCount: i32 = 0;
  private readonly underWay: IdTable = new IdTable();

  constructor(
    readonly node: Node,
    private readonly timeoutMs: u32,
    private readonly timers: Timers,
    private readonly outbox: Outbox,
    readonly next: BatchQueue | null,
  ) {}

  /** False: all that came has been answered, or was lost. */
  get isBusy(): bool {
    return this.underWay.count > 0 || this.open !== null || this.refused !== null;
  }

  /** Where the next message is to be written, `size` bytes of body in it; null if there is no room for it. */
  begin(size: u32): ByteWriter | null {
    if (!this.node.share.hasRoomFor(size)) return null;
    let batch = this.open;
    if (batch !== null && batch.length + size > MAX_BYTES) {
      this.flush();
      batch = null;
    }
    if (batch === null) batch = this.empty();
    this.open = batch;
    this.timers.arm();
    return batch.begin(size);
  }

  /** The message is written. Null: it is on its way, and the outbox will hear of it; else all that comes. */
  end(id: RequestId, part: u32): Reply | null {
    const batch = this.open!;
    const isIn = batch.end(id, part);
    if (batch.isFull) this.flush();
    else if (batch.count == 0) {
      this.open = null;
      this.recycle(batch);
    }
    return isIn ? null : QUEUE_FULL;
  }

  /** Sends what there is. */
  flush(): void {
    const batch = this.open;
    if (batch === null) return;
    this.open = null;
    this.node.share.take(batch.length);
    this.send(batch);
  }

  onTick(): void {
    let again = this.refused;
    this.refused = null;
    while (again !== null) {
      const next = again.next;
      this.send(again);
      again = next;
    }
    if (this.underWay.count < CALLS_AT_ONCE) this.flush();
    this.expire();
    if (!this.isBusy) this.releaseSpare();
  }

  /** The host's own time-out comes first, unless the host fails. */
  private expire(): void {
    const all = this.underWay.all();
    for (let i = 0; i < all.length; i++) {
      const batch = changetype<Batch>(unchecked(all[i]));
      if (this.timers.tick < batch.lateAtTick) continue;
      this.underWay.take(batch.tableId);
      this.node.noteFreed(this.timers.tick);
      this.onFailure(batch, new Reply(Outcome.TimedOut));
    }
  }

  /** False: no call of ours. To be called inside the host's callback: the answer is readable only there. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): bool {
    const batch = changetype<Batch | null>(this.underWay.take(token));
    if (batch === null) return false;
    this.node.noteFreed(this.timers.tick);
    const failure = failureOf(headerCount, bodySize);
    this.node.note(failure === null ? new Reply(Outcome.Pass) : failure, this.timers.tick);
    if (failure !== null) this.onFailure(batch, failure);
    else {
      settleBatch(batch, answerBody(bodySize), this.outbox);
      this.forget(batch);
    }
    return true;
  }

  /** Where no node can have seen it, it is sent once more. */
  onFailure(batch: Batch, reply: Reply): void {
    if (reply.isUnseen && !batch.wasRefused) {
      batch.wasRefused = true;
      batch.next = this.refused;
      this.refused = batch;
      return;
    }
    this.outbox.lost(batch.count, batch.someId, reply);
    this.forget(batch);
  }

  private send(batch: Batch): void {
    const node = this.node;
    this.timers.arm();
    if (node.isDead) {
      this.onFailure(batch, new Reply(Outcome.NodeDead));
      return;
    }
    const token = dispatchHttpCall(node.cluster, node.headers, batch.body, null, this.timeoutMs);
    if (token < 0) {
      this.onFailure(batch, refusedCall(<Status>-token, node.cluster));
      return;
    }
    batch.lateAtTick = this.timers.callIsLateAt(this.timeoutMs);
    node.noteWait();
    this.underWay.add(u32(token), batch);
  }

  private forget(batch: Batch): void {
    this.node.share.giveBack(batch.length);
    this.recycle(batch);
  }

  private recycle(batch: Batch): void {
    batch.clear();
    if (this.spareCount == MOST_SPARE) {
      batch.body.clear(0);
      return;
    }
    this.spareCount++;
    batch.next = this.spare;
    this.spare = batch;
  }

  private empty(): Batch {
    const batch = this.spare;
    if (batch === null) return new Batch(this);
    this.spare = batch.next;
    this.spareCount--;
    batch.next = null;
    return batch;
  }

  /** Nothing is kept for traffic that has ended. */
  private releaseSpare(): void {
    while (this.spareCount > 0) this.empty().body.clear(0);
  }
}
