// How is a node asked over HTTP? One call a question, or several where no node has seen the first; each question is answered
// exactly once, by a node, by the gateway in its place, or by the deadline. What nobody waits for goes in batches.
import {
  ByteWriter,
  dispatchHttpCall,
  getCurrentTimeNanoseconds,
  HttpContext,
  IdTable,
  Status,
} from "as-proxy-wasm";
import { ApiIdentity } from "../../api-identity";
import { Outbox } from "../../outbox";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { Config } from "../../config";
import { Metric, Telemetry } from "../../telemetry";
import { TICK_MS, Timers } from "../../timers";
import { VERSION } from "../../version";
import { Node } from "../node";
import { NodePool } from "../node-pool";
import { callHeaders } from "../node-url";
import { Outcome } from "../outcome";
import { expire } from "../pending";
import { Question } from "../question";
import { refusedCall } from "../refused-call";
import { Reply } from "../reply";
import { Conversation, NodeTransport } from "../transport";
import { ConnectorConversation } from "./connector-conversation";
import { BatchQueue } from "./batch-queue";
import { readHttpReply } from "./http-reply";
import { writeArrayHeader } from "./msgpack-writer";

/** The shared buffer for messages is not kept larger than this between two messages. */
const KEPT_BUFFER_BYTES: u32 = 256 * 1024;

export class ConnectorTransport extends NodeTransport {
  private readonly waiting: IdTable = new IdTable();
  private readonly message: ByteWriter = new ByteWriter();
  /** A chain, one for each node. */
  private readonly queues: BatchQueue;

  constructor(
    readonly pool: NodePool,
    private readonly config: Config,
    private readonly timers: Timers,
    private readonly telemetry: Telemetry,
    outbox: Outbox,
    api: ApiIdentity,
  ) {
    super(api);
    let queues: BatchQueue | null = null;
    for (let node: Node | null = pool.first; node !== null; node = node.next) {
      const path = node.address.prefix + "/connector/v1/messages";
      node.headers = callHeaders(node.address, "POST", path)
        .add("content-type", "application/msgpack")
        .add("x-wallarm-connector", "flex")
        .add("x-wallarm-connector-version", VERSION);
      queues = new BatchQueue(node, config.nodeTimeoutMs, timers, outbox, queues);
    }
    this.queues = queues!;
  }

  get retries(): u32 {
    return this.config.nodeRetries;
  }

  get isBusy(): bool {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next)
      if (each.isBusy) return true;
    return this.waiting.count > 0;
  }

  converse(id: RequestId, head: RequestHead, stream: HttpContext, waits: bool): Conversation {
    head.readProtocol();
    return new ConnectorConversation(this, id, waits);
  }

  /** An empty call body for one message; valid until the next `begin`. */
  begin(): ByteWriter {
    this.message.clear(KEPT_BUFFER_BYTES);
    writeArrayHeader(this.message, 1);
    return this.message;
  }

  queueOf(node: Node): BatchQueue {
    let queue = this.queues;
    while (queue.node !== node) queue = queue.next!;
    return queue;
  }

  /** Sends what was written since `begin`. */
  send(node: Node, question: Question): Reply | null {
    const timeoutMs = this.config.nodeTimeoutMs;
    question.lateAtTick = this.timers.callIsLateAt(timeoutMs);
    return this.call(node, question, timeoutMs);
  }

  /** The same for what no node has seen, within what is left of the question's time. Null: sent. */
  sendAgain(node: Node, question: Question): Reply | null {
    const now = getCurrentTimeNanoseconds();
    const timeoutMs = u64(this.config.nodeTimeoutMs);
    // By a clock that was set, either way (it may wrap around), no more has gone by than ticks allow.
    const ticks = this.timers.callIsLateAt(u32(timeoutMs)) - question.lateAtTick;
    const spent = min((now - question.askedAt) / 1_000_000, u64(ticks + 1) * TICK_MS);
    if (question.retries == 0 || spent >= timeoutMs) return new Reply(Outcome.TimedOut);
    question.retries--;
    this.telemetry.count(Metric.NodeRetries);
    return this.call(node, question, u32(timeoutMs - spent));
  }

  private call(node: Node, question: Question, timeoutMs: u32): Reply | null {
    const token = dispatchHttpCall(node.cluster, node.headers, this.message, null, timeoutMs);
    if (token < 0) {
      this.pool.noteRefused(node);
      return refusedCall(<Status>-token, node.cluster);
    }
    question.node = node;
    this.timers.arm();
    this.waiting.add(u32(token), question);
    return null;
  }

  /** To be called inside the host's callback: the answer is readable only there. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): void {
    const pending = this.waiting.take(token);
    if (pending === null) {
      for (let each: BatchQueue | null = this.queues; each !== null; each = each.next) {
        if (each.onHttpCallResponse(token, headerCount, bodySize)) return;
      }
      return; // answered by its deadline before
    }
    const question = changetype<Question>(pending);
    const reply = readHttpReply(question, headerCount, bodySize);
    question.node!.note(reply.outcome, this.timers.tick);
    if (reply.isUnseen && question.tellAgain()) return;
    question.forget();
    question.onReply(reply);
  }

  /** The host's own time-out comes first, unless the host fails. */
  onTick(): void {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next) each.onTick();
    expire(this.waiting, this.timers.tick);
  }

  flush(): void {
    for (let each: BatchQueue | null = this.queues; each !== null; each = each.next) each.flush();
  }
}
