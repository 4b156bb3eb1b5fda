// How is a node asked that speaks Envoy's external processing protocol? One gRPC stream a request. The host calls back on
// the root context, so that streams are found by their tokens.
import {
  BufferType,
  ByteWriter,
  getBuffer,
  getGrpcStatus,
  grpcStreamTo,
  HttpContext,
  IdTable,
  SerializedPairs,
  Status,
} from "as-proxy-wasm";
import { ApiIdentity } from "../../api-identity";
import { Config } from "../../config";
import { RequestHead } from "../../request-head";
import { REQUEST_ID_HEADER, RequestId } from "../../request-id";
import { Outbox } from "../../outbox";
import { Telemetry } from "../../telemetry";
import { TICK_MS, Timers } from "../../timers";
import { Desk } from "../desk";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { refusedCall } from "../refused-call";
import { Reply } from "../reply";
import { Conversation, NodeTransport } from "../transport";
import { ExtProcConversation } from "./ext-proc-conversation";
import { ProcessingResponse } from "./processing-response";
import { ProcessorStream } from "./processor-stream";

const SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor";
/** The shared buffer for messages is not kept larger than this between two messages. */
const KEPT_BUFFER_BYTES: u32 = 256 * 1024;
/** Heads are at most 60 KiB in Envoy, and no answer of a processor is much longer than one and a page. */
const MAX_ANSWER_BYTES: u32 = 256 * 1024;
/** After our last message; Envoy's own filter waits so long for the end of a stream that observes. */
const CLOSING_TICKS: i32 = 50;

export class ExtProcTransport extends NodeTransport {
  private readonly streams: IdTable = new IdTable();
  /** What `begin` gave. */
  readonly begun: ByteWriter = new ByteWriter();
  /** Of the stream that is being opened: the id of its request. */
  private readonly metadata: SerializedPairs = new SerializedPairs().add(REQUEST_ID_HEADER, "");
  private hasWarned: bool = false;

  constructor(
    desk: Desk,
    readonly config: Config,
    readonly timers: Timers,
    readonly telemetry: Telemetry,
    readonly outbox: Outbox,
    api: ApiIdentity,
  ) {
    super(desk, api);
  }

  get isBusy(): bool {
    return this.streams.count > 0 || this.desk.isBusy;
  }

  converse(id: RequestId, head: RequestHead, stream: HttpContext, waits: bool): Conversation {
    return new ExtProcConversation(this, id, stream, !waits);
  }

  /** Null: opened. The id by which logs and clients know the request stands in the stream's metadata. */
  open(stream: ProcessorStream, node: Node, id: RequestId): Reply | null {
    if (node.isDead) return new Reply(Outcome.NodeDead);
    // Envoy crashes on a stream to a cluster without hosts, so that it has to be asked in another way first.
    let token = -this.desk.pool.refusal(node);
    if (token == 0) {
      const metadata = this.metadata.setBytes(0, id.toBytes());
      token = grpcStreamTo(node.target, SERVICE, "Process", metadata);
    }
    if (token < 0) {
      this.desk.pool.noteRefused(node);
      const status = <Status>-token;
      const isFull = status == Status.InternalFailure && this.desk.isNodeBusy(node);
      return isFull ? new Reply(Outcome.Overloaded) : refusedCall(status, node.cluster);
    }
    this.timers.arm();
    node.noteWait();
    this.streams.add(u32(token), stream);
    stream.isOpen = true;
    stream.wasOpen = true;
    stream.node = node;
    return null;
  }

  /** An empty message; valid until the next. */
  begin(): ByteWriter {
    this.begun.clear(KEPT_BUFFER_BYTES);
    return this.begun;
  }

  /** The tick at which an answer that is awaited from now on is late. The next tick may come at once. */
  get deadline(): i32 {
    return this.timers.tick + i32((this.config.nodeTimeoutMs + TICK_MS - 1) / TICK_MS) + 1;
  }

  /** The tick at which `question` is late. */
  deadlineOf(question: Question): i32 {
    const left = this.desk.timeLeft(question);
    return this.timers.tick + i32((left + TICK_MS - 1) / TICK_MS) + 1;
  }

  get closingDeadline(): i32 {
    return this.timers.tick + CLOSING_TICKS;
  }

  forget(stream: ProcessorStream): void {
    this.streams.take(stream.tableId);
  }

  onGrpcReceive(token: u32, size: u32): void {
    const stream = this.find(token);
    if (stream === null) return;
    if (this.isTaken(stream, size)) return;
    this.forget(stream);
  }

  private isTaken(stream: ProcessorStream, size: u32): bool {
    if (stream.isObserved) {
      stream.acknowledge();
      return true;
    }
    if (size > MAX_ANSWER_BYTES) return stream.fail(new Reply(Outcome.TooLarge));
    const bytes = getBuffer(BufferType.GrpcCallMessage, 0, size);
    const answer = new ProcessingResponse(bytes === null ? new ArrayBuffer(0) : bytes);
    return stream.onMessage(answer, this.deadline);
  }

  onGrpcClose(token: u32, status: u32): void {
    const stream = this.find(token);
    if (stream === null) return;
    this.forget(stream);
    // A clean end has no message worth a hostcall.
    const why = status != 0 ? getGrpcStatus() : null;
    stream.onClose(status, why === null ? "" : why.message);
    this.desk.onFreed();
  }

  onTick(): void {
    const tick = this.timers.tick;
    const all = this.streams.all();
    for (let i = 0; i < all.length; i++) {
      const stream = changetype<ProcessorStream>(unchecked(all[i]));
      if (this.streams.find(stream.tableId) !== stream) continue;
      if (tick >= stream.lateAtTick) {
        this.forget(stream);
        stream.giveUp();
      } else if (tick >= stream.doubtfulAtTick) {
        const asked = stream.asked;
        if (asked !== null) this.desk.watch(asked);
      }
    }
    this.desk.onTick();
  }

  /** What a processor asks for and can't have is told once. */
  warnOnce(id: RequestId, text: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.telemetry.warn(id, "the node can't " + text);
  }

  private find(token: u32): ProcessorStream | null {
    return changetype<ProcessorStream | null>(this.streams.find(token));
  }
}
