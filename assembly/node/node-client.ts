// How is a node asked? One HTTP call a question; each question is answered exactly once, by the node, by the gateway in
// its place, or by the deadline.
import { ByteWriter, dispatchHttpCall, SerializedPairs, Status } from "as-proxy-wasm";
import { VERSION } from "../version";
import { readHttpReply } from "./http-reply";
import { writeArrayHeader } from "./msgpack-writer";
import { NodeUrl } from "./node-url";
import { Outcome } from "./outcome";
import { Question } from "./question";
import { Reply } from "./reply";
import { TICK_MS, Timers } from "../timers";

/** Past the time-out the host itself must have called back; after so many ticks more we stop believing in it. */
const GRACE_TICKS: u32 = 10;
/** The shared buffer for messages is not kept larger than this between two messages. */
const KEPT_BUFFER_BYTES: u32 = 256 * 1024;

export class NodeClient {
  private readonly headers: SerializedPairs;
  private readonly waiting: Map<u32, Question> = new Map<u32, Question>();
  private readonly message: ByteWriter = new ByteWriter();

  constructor(
    private readonly cluster: string,
    url: NodeUrl,
    private readonly timeoutMs: u32,
    private readonly timers: Timers,
  ) {
    this.headers = new SerializedPairs()
      .add(":method", "POST")
      .add(":scheme", url.scheme)
      .add(":authority", url.authority)
      .add(":path", url.prefix + "/connector/v1/messages")
      .add("content-type", "application/msgpack")
      .add("x-wallarm-connector", "flex")
      .add("x-wallarm-connector-version", VERSION);
  }

  get waitingCount(): i32 {
    return this.waiting.size;
  }

  /** An empty call body for one message; valid until the next `begin`. */
  begin(): ByteWriter {
    this.message.clear(KEPT_BUFFER_BYTES);
    writeArrayHeader(this.message, 1);
    return this.message;
  }

  /** Sends what was written since `begin`. Null: sent, the reply will come. Else it could not be sent. */
  send(question: Question, now: u64): Reply | null {
    const token = dispatchHttpCall(this.cluster, this.headers, this.message, null, this.timeoutMs);
    if (token < 0) {
      const refused = new Reply(Outcome.CallRefused);
      refused.detail = refusal(<Status>-token, this.cluster);
      return refused;
    }
    question.askedAt = now;
    question.askedAtTick = this.timers.tick;
    this.timers.arm();
    this.waiting.set(u32(token), question);
    return null;
  }

  /** To be called inside the host's callback: the answer is readable only there. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): void {
    if (!this.waiting.has(token)) return; // answered by its deadline before
    const question = this.waiting.get(token);
    this.waiting.delete(token);
    question.onReply(readHttpReply(question, headerCount, bodySize));
  }

  /**
   * Answers what has waited past its deadline, at each tick. The host's own time-out comes first, unless the host fails.
   * Ticks are counted and not the host's clock, which may be set back or forward.
   */
  expire(): void {
    const limit = i32(this.timeoutMs / TICK_MS + 1 + GRACE_TICKS);
    const tokens = this.waiting.keys();
    for (let i = 0; i < tokens.length; i++) {
      const question = this.waiting.get(tokens[i]);
      if (this.timers.tick - question.askedAtTick < limit) continue;
      this.waiting.delete(tokens[i]);
      question.onReply(new Reply(Outcome.TimedOut));
    }
  }
}

function refusal(status: Status, cluster: string): string {
  if (status == Status.BadArgument) return 'the gateway knows no cluster "' + cluster + '"';
  return (
    'cluster "' +
    cluster +
    '" has no host, or too many calls are under way (status ' +
    i32(status).toString() +
    ")"
  );
}
