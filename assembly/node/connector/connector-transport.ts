// How is a node spoken to over HTTP? One call a question; what nobody waits for goes in batches.
import { ByteWriter, dispatchHttpCall, HttpContext, IdTable, Status } from "as-proxy-wasm";
import { ApiIdentity } from "../../api-identity";
import { Config } from "../../config";
import { Outbox } from "../../outbox";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { Timers } from "../../timers";
import { Desk } from "../desk";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { refusedCall } from "../refused-call";
import { Reply } from "../reply";
import { Conversation, NodeTransport } from "../transport";
import { BatchQueue } from "./batch-queue";
import { ConnectorConversation } from "./connector-conversation";
import { connectorHeaders } from "./connector-headers";
import { readHttpReply } from "./http-reply";

/** The shared buffer for messages is not kept larger than this between two messages. */
const KEPT_BUFFER_BYTES: u32 = 256 * 1024;

export class ConnectorTransport extends NodeTransport {
  private readonly waiting: IdTable = new IdTable();
  private readonly message: ByteWriter = new ByteWriter();
  /** A chain, one for each node. */
  private readonly queues: BatchQueue;

  constructor(
    desk: Desk,
    config: Config,
    private readonly timers: Timers,
    outbox: Outbox,
    api: ApiIdentity,
  ) {
    super(desk, api);
    let queues: BatchQueue | null = null;
    for (let node: Node | null = desk.pool.first; node !== null; node = node.next) {
      node.headers = connectorHeaders(node.address);
      queues = new BatchQueue(node, config.nodeTimeoutMs, timers, outbox, queues);
    }
    this.queues = queues!;
  }

  get isBusy(): bool {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next)
      if (each.isBusy) return true;
    return this.waiting.count > 0 || this.desk.isBusy;
  }

  converse(id: RequestId, head: RequestHead, stream: HttpContext, waits: bool): Conversation {
    head.readProtocol();
    return new ConnectorConversation(this, id, waits);
  }

  /** An empty call body; valid until the next `begin`. */
  begin(): ByteWriter {
    this.message.clear(KEPT_BUFFER_BYTES);
    return this.message;
  }

  queueOf(node: Node): BatchQueue {
    let queue = this.queues;
    while (queue.node !== node) queue = queue.next!;
    return queue;
  }

  /** Sends what was written since `begin`, within the time that is left for `question`. Null: sent. */
  call(node: Node, question: Question): Reply | null {
    const timeoutMs = this.desk.timeLeft(question);
    if (timeoutMs == 0) return new Reply(Outcome.TimedOut);
    const token = dispatchHttpCall(node.cluster, node.headers, this.message, null, timeoutMs);
    if (token < 0) {
      this.desk.pool.noteRefused(node);
      const status = <Status>-token;
      const isFull = status == Status.InternalFailure && this.desk.isNodeBusy(node);
      return isFull ? new Reply(Outcome.Overloaded) : refusedCall(status, node.cluster);
    }
    node.noteWait();
    question.lateAtTick = this.timers.callIsLateAt(timeoutMs);
    this.waiting.add(u32(token), question);
    return null;
  }

  /** To be called inside the host's callback: the answer is readable only there. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): void {
    const pending = this.waiting.take(token);
    if (pending !== null) {
      const question = changetype<Question>(pending);
      this.onAnswer(question, readHttpReply(question, headerCount, bodySize));
    } else {
      let each: BatchQueue | null = this.queues;
      while (each !== null && !each.onHttpCallResponse(token, headerCount, bodySize))
        each = each.next;
    }
    this.desk.onFreed();
  }

  /** The host's own time-out comes first, unless the host fails. */
  onTick(): void {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next) each.onTick();
    const tick = this.timers.tick;
    const all = this.waiting.all();
    for (let i = 0; i < all.length; i++) {
      const question = changetype<Question>(unchecked(all[i]));
      if (this.waiting.find(question.tableId) !== question) continue;
      if (tick < question.lateAtTick) this.desk.watch(question);
      else {
        this.waiting.take(question.tableId);
        this.onAnswer(question, new Reply(Outcome.TimedOut));
      }
    }
    this.desk.onTick();
  }

  flush(): void {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next) each.flush();
  }

  private onAnswer(question: Question, reply: Reply): void {
    const node = question.node!;
    node.noteFreed(this.timers.tick);
    node.note(reply, this.timers.tick);
    if (reply.outcome == Outcome.PartsMissing && !question.asksAll) {
      question.asksAll = true;
      const failed = question.conversation!.send(question);
      if (failed !== null) this.desk.settle(question, failed);
    } else this.desk.settle(question, reply);
  }
}
