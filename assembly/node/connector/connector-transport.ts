// How is a node asked over HTTP? One call a question; each question is answered exactly once, by the node, by the gateway in
// its place, or by the deadline. What nobody waits for goes in batches.
import {
  ByteWriter,
  dispatchHttpCall,
  HttpContext,
  IdTable,
  SerializedPairs,
  Status,
} from "as-proxy-wasm";
import { ApiIdentity } from "../../api-identity";
import { Outbox } from "../../outbox";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { TICK_MS, Timers } from "../../timers";
import { VERSION } from "../../version";
import { BodyPart } from "../body-part";
import { NodeUrl } from "../node-url";
import { Outcome } from "../outcome";
import { expire } from "../pending";
import { Question } from "../question";
import { refusedCall } from "../refused-call";
import { Reply } from "../reply";
import { ResponseHead } from "../response-head";
import { Conversation, NodeTransport } from "../transport";
import { NO_VERDICT } from "./batch";
import { BatchQueue, QUEUE_FULL } from "./batch-queue";
import { readHttpReply } from "./http-reply";
import { writeLaterPart, writeRequest, writeResponse } from "./message";
import { writeArrayHeader } from "./msgpack-writer";

/** Past the time-out the host itself must have called back; after so many ticks more we stop believing in it. */
const GRACE_TICKS: u32 = 10;
/** The shared buffer for messages is not kept larger than this between two messages. */
const KEPT_BUFFER_BYTES: u32 = 256 * 1024;

export class ConnectorTransport extends NodeTransport {
  private readonly headers: SerializedPairs;
  private readonly waiting: IdTable = new IdTable();
  private readonly message: ByteWriter = new ByteWriter();
  readonly batches: BatchQueue;

  constructor(
    private readonly cluster: string,
    url: NodeUrl,
    private readonly timeoutMs: u32,
    private readonly timers: Timers,
    outbox: Outbox,
    api: ApiIdentity,
  ) {
    super(api);
    const headers = new SerializedPairs()
      .add(":method", "POST")
      .add(":scheme", url.scheme == "https" ? url.scheme : "http")
      .add(":authority", url.authority)
      .add(":path", url.prefix + "/connector/v1/messages")
      .add("content-type", "application/msgpack")
      .add("x-wallarm-connector", "flex")
      .add("x-wallarm-connector-version", VERSION);
    this.headers = headers;
    this.batches = new BatchQueue(cluster, headers, timeoutMs, timers, outbox);
  }

  get isBusy(): bool {
    return this.waiting.count > 0 || this.batches.isBusy;
  }

  converse(id: RequestId, stream: HttpContext, waits: bool): Conversation {
    return new ConnectorConversation(this, id, waits);
  }

  /** An empty call body for one message; valid until the next `begin`. */
  begin(): ByteWriter {
    this.message.clear(KEPT_BUFFER_BYTES);
    writeArrayHeader(this.message, 1);
    return this.message;
  }

  /** Sends what was written since `begin`. */
  send(question: Question): Reply | null {
    const token = dispatchHttpCall(this.cluster, this.headers, this.message, null, this.timeoutMs);
    if (token < 0) return refusedCall(<Status>-token, this.cluster);
    question.lateAtTick = this.timers.tick + i32(this.timeoutMs / TICK_MS + 1 + GRACE_TICKS);
    this.timers.arm();
    this.waiting.add(u32(token), question);
    return null;
  }

  /** To be called inside the host's callback: the answer is readable only there. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): void {
    if (this.batches.onHttpCallResponse(token, headerCount, bodySize)) return;
    const pending = this.waiting.take(token);
    if (pending === null) return; // answered by its deadline before
    const question = changetype<Question>(pending);
    question.onReply(readHttpReply(question, headerCount, bodySize));
  }

  /** The host's own time-out comes first, unless the host fails. */
  onTick(): void {
    this.batches.onTick();
    expire(this.waiting, this.timers.tick);
  }

  flush(): void {
    this.batches.flush();
  }
}

class ConnectorConversation extends Conversation {
  constructor(
    private readonly transport: ConnectorTransport,
    private readonly id: RequestId,
    private readonly waits: bool,
  ) {
    super();
  }

  tellRequest(head: RequestHead | null, part: BodyPart, question: Question | null): Reply | null {
    const transport = this.transport;
    const id = this.id;
    const out = question !== null ? transport.begin() : transport.batches.begin(part.length);
    if (out === null) return QUEUE_FULL;
    if (head === null) writeLaterPart(out, id, part);
    else writeRequest(out, id, this.waits, head, part, transport.api);
    return question !== null ? transport.send(question) : transport.batches.end(id, part.number);
  }

  tellResponseHead(head: ResponseHead, question: Question): Reply | null {
    return new Reply(Outcome.Pass);
  }

  tellResponse(head: ResponseHead, part: BodyPart): Reply | null {
    const batches = this.transport.batches;
    const out = batches.begin(part.length);
    if (out === null) return QUEUE_FULL;
    writeResponse(out, this.id, head, part);
    return batches.end(this.id, NO_VERDICT);
  }

  end(): void {}
}
