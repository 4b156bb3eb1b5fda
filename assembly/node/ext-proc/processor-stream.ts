// How goes one gRPC stream with a processor? Messages are answered in their order, each within the deadline; a question is
// answered with the last message that was sent for it. Of a stream that only observes no answer is awaited, but its end is: by
// that each message that nobody waits for is counted, once.
import { ByteWriter, decimalText, grpcCancel, grpcClose, grpcSend, Status } from "as-proxy-wasm";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Pending } from "../pending";
import { Question } from "../question";
import { Reply } from "../reply";
import { isOverflow, isUnseen } from "../unseen";
import { Sent } from "./processing-request";
import { ProcessingResponse } from "./processing-response";

/** Acts on what an answer asks for beyond going on. */
export interface AnswerTaker {
  /** Of the policy's timers. */
  tick(): i32;
  /** What has become of a question. */
  settle(question: Question, reply: Reply): void;
  /** The head of a request was answered: its body may be sent. */
  onHeadAnswered(): void;
  /** Not null: the answer can't be used. */
  takeAnswer(kind: u32, answer: ProcessingResponse): Reply | null;
  /** What has become of messages that nobody waits for: a verdict if the processor has taken them. */
  onCounted(count: u32, reply: Reply): void;
  /** No more will come of the stream. True: somebody waited for it. */
  onEnd(stream: ProcessorStream, reply: Reply): bool;
}

/** An answer is numbered one less than what it answers. */
const HEAD_KIND: u32 = Sent.RequestHeaders - 1;
const TAKEN = new Reply(Outcome.Pass);
const GIVEN_UP = new Reply(Outcome.Unanswered, "the request was given up");

/** A message that is neither answered nor was the end of its stream seen. */
class Awaited {
  next: Awaited | null = null;

  constructor(
    readonly kind: u32,
    readonly question: Question | null,
    /** Bytes of its node's share. */
    readonly size: u32,
  ) {}
}

export class ProcessorStream extends Pending {
  taker: AnswerTaker | null = null;
  /** The processor is told copies, and what it says is not looked at. */
  isObserved: bool = false;
  /** Our side is open: messages can be sent. */
  isOpen: bool = false;
  /** It was opened, though it may be over. */
  wasOpen: bool = false;
  /** From this tick on it is worth finding out whether the processor lives. */
  doubtfulAtTick: i32 = i32.MAX_VALUE;
  /** Whom it waits for. */
  node: Node | null = null;
  /** The processor has ended the stream in good order: it wants to hear no more, and has nothing against the rest. */
  isSatisfied: bool = false;
  /** Why what is still to be sent is lost. */
  failure: Reply | null = null;
  private hasAnswered: bool = false;
  private first: Awaited | null = null;
  private last: Awaited | null = null;
  /** Of the last part of the request that was told: it is told of a refusal that comes when nothing is asked. */
  private speaker: Question | null = null;
  /** Messages that nobody waits for and that were answered: counted when the stream has ended, as the others are. */
  private taken: u32 = 0;
  /** All was said; only the end of the stream is waited for. */
  private isClosing: bool = false;
  /** The gateway did not take a message: the processor would judge what follows without it. */
  private isBroken: bool = false;

  /** Among all that no processor has taken yet. */
  hasRoomFor(kind: u32, size: u32): bool {
    const node = this.node;
    return node === null || !this.isShared(kind) || node.share.hasRoomFor(size);
  }

  /** `question` is answered with this message, `within` is the one that it is sent for. False: the stream is gone. */
  send(
    message: ByteWriter,
    kind: u32,
    question: Question | null,
    within: Question | null,
    lateAtTick: i32,
  ): bool {
    if (!this.isOpen) return false;
    if (grpcSend(this.tableId, message, false) != Status.Ok) {
      this.isOpen = false;
      grpcCancel(this.tableId);
      // Whoever sends hears of it now. Others that wait do with the next tick: this may be a callback of their own stream.
      this.isBroken = true;
      this.lateAtTick = 0;
      return false;
    }
    const size = this.isShared(kind) ? message.length : 0;
    const awaited = new Awaited(kind, this.isObserved ? null : question, size);
    this.node!.share.take(size);
    const last = this.last;
    if (last === null) this.first = awaited;
    else last.next = awaited;
    this.last = awaited;
    if (this.isObserved) return true;
    if (last === null) this.lateAtTick = lateAtTick;
    if (question !== null) this.doubtfulAtTick = question.doubtfulAtTick;
    // Kinds of requests are odd; who speaks of a response can't refuse its request.
    if (within !== null && (kind & 1) == 1) this.speaker = within;
    return true;
  }

  /** An answer on a stream that observes: whatever it says, the oldest message has arrived. */
  acknowledge(): void {
    const awaited = this.first;
    if (awaited !== null) this.drop(awaited);
  }

  /** False: nothing more will come of this stream. */
  onMessage(answer: ProcessingResponse, lateAtTick: i32): bool {
    if (this.isBroken) return true;
    if (answer.failed) return this.fail(new Reply(Outcome.Malformed, "protobuf"));
    if (answer.asksForTime) return true;
    const refusal = answer.answer;
    if (refusal !== null) {
      const reply = new Reply(Outcome.Block, refusal.details);
      reply.answer = refusal;
      return this.fail(reply);
    }
    const awaited = this.first;
    if (awaited === null || awaited.kind != answer.kind) {
      return this.fail(new Reply(Outcome.Malformed, "not asked for"));
    }
    const unusable = this.taker!.takeAnswer(awaited.kind, answer);
    if (unusable !== null) return this.fail(unusable);
    this.hasAnswered = true;
    this.drop(awaited);
    // Its end has a deadline of its own, that an answer does not move.
    if (!this.isClosing) this.lateAtTick = this.first === null ? i32.MAX_VALUE : lateAtTick;
    const question = awaited.question;
    if (question !== null) this.taker!.settle(question, new Reply(Outcome.Pass));
    else if (awaited.kind == HEAD_KIND) this.taker!.onHeadAnswered();
    return true;
  }

  /** The processor, or the gateway in its place, has ended the stream. */
  onClose(status: u32, message: string): void {
    // A clean end means that no more is wanted; but whoever has said nothing yet has not agreed to anything.
    this.isSatisfied = status == 0 && (this.hasAnswered || this.isObserved);
    // A stream that the host still thinks open on our side would stay in its tables.
    if (this.isOpen) grpcCancel(this.tableId);
    this.isOpen = false;
    if (this.isSatisfied) {
      this.settle(new Reply(Outcome.Pass));
      return;
    }
    const why = "gRPC status " + decimalText(status) + " " + message;
    const reply = new Reply(status == 0 ? Outcome.Unanswered : outcomeOf(status, message), why);
    reply.isUnseen = isUnseen(message);
    reply.isGateways = reply.outcome == Outcome.Overloaded;
    this.settle(reply);
  }

  /** No answer in time. */
  giveUp(): void {
    if (this.isBroken) this.settle(new Reply(Outcome.ConnectionLost));
    else if (!this.isClosing || this.first !== null) this.fail(new Reply(Outcome.TimedOut));
    else this.cancel();
  }

  /** What is asked last; null: nothing is. */
  get asked(): Question | null {
    let question: Question | null = null;
    let awaited = this.first;
    while (awaited !== null) {
      if (awaited.question !== null) question = awaited.question;
      awaited = awaited.next;
    }
    return question;
  }

  /** Our last message was sent; the processor has until `lateAtTick` to end the stream itself. */
  close(lateAtTick: i32): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.isClosing = true;
    this.lateAtTick = lateAtTick;
    grpcClose(this.tableId);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.isOpen = false;
    grpcCancel(this.tableId);
    this.count(GIVEN_UP);
    this.first = null;
    this.last = null;
    this.leave();
  }

  /** Nobody waits for it: what of it no processor has taken is bounded. The head of a held response bounds itself. */
  private isShared(kind: u32): bool {
    return this.isObserved || kind == Sent.ResponseBody - 1 || kind == Sent.ResponseTrailers - 1;
  }

  private isCounted(awaited: Awaited): bool {
    // Kinds of responses are even.
    return this.isObserved || (awaited.kind & 1) == 0;
  }

  /** The oldest message has its answer. */
  private drop(awaited: Awaited): void {
    this.first = awaited.next;
    if (awaited.next === null) this.last = null;
    this.node!.share.giveBack(awaited.size);
    this.taken += u32(this.isCounted(awaited));
  }

  /** What has become of all that nobody waits for: the processor has it, or it is given up. */
  private count(reply: Reply): void {
    const node = this.node;
    let count: u32 = reply.isVerdict ? this.taken : 0;
    let awaited = this.first;
    while (awaited !== null) {
      count += u32(this.isCounted(awaited));
      if (node !== null) node.share.giveBack(awaited.size);
      awaited = awaited.next;
    }
    if (this.taken > 0 && !reply.isVerdict) this.taker!.onCounted(this.taken, TAKEN);
    this.taken = 0;
    if (count > 0) this.taker!.onCounted(count, reply);
  }

  private leave(): void {
    const node = this.node;
    this.node = null;
    if (node !== null) node.noteFreed(this.taker!.tick());
  }

  get isAsked(): bool {
    let awaited = this.first;
    while (awaited !== null && awaited.question === null) awaited = awaited.next;
    return awaited !== null;
  }

  /** Nothing that comes of this stream can be used. Always false. */
  fail(reply: Reply): bool {
    this.isOpen = false;
    grpcCancel(this.tableId);
    this.settle(reply);
    return false;
  }

  /** Answers all that is asked; each question once, though answers may call back here. */
  private settle(reply: Reply): void {
    let awaited = this.first;
    if (this.failure === null && !this.isSatisfied) this.failure = reply;
    this.count(reply);
    this.first = null;
    this.last = null;
    const node = this.node;
    if (node !== null) node.note(reply, this.taker!.tick());
    this.leave();
    let isHeard = this.taker!.onEnd(this, reply) || this.isClosing;
    while (awaited !== null) {
      const question = awaited.question;
      awaited = awaited.next;
      if (question === null) continue;
      isHeard = true;
      this.taker!.settle(question, reply);
    }
    const speaker = this.speaker;
    if (!isHeard && reply.outcome == Outcome.Block && speaker !== null) speaker.onUnasked(reply);
  }
}

/** Codes of gRPC (https://grpc.io/docs/guides/status-codes): what Envoy makes of a connection that fails is 14 too. */
function outcomeOf(status: u32, message: string): Outcome {
  if (status == 14) return isOverflow(message) ? Outcome.Overloaded : Outcome.Unreachable;
  if (status == 4) return Outcome.TimedOut;
  // A connection that is cut off.
  if (status == 13) return Outcome.ConnectionLost;
  if (status == 12) return Outcome.NotANode;
  return Outcome.NodeError;
}
