// What is said to an external processor about one request, and what is done with what it answers? As Envoy's own filter
// does with bodies STREAMED and trailers sent; but the parts of a body are those of this policy, and no body is changed. The
// stream is opened when there is something to judge: an idle request holds none.
import {
  getEffectiveContext,
  HeaderMapType,
  HeaderPairs,
  HttpContext,
  setEffectiveContext,
  Status,
} from "as-proxy-wasm";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { BodyPart } from "../body-part";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { QUEUE_FULL } from "../refused-call";
import { Reply } from "../reply";
import { ResponseHead } from "../response-head";
import { Conversation } from "../transport";
import { ExtProcTransport } from "./ext-proc-transport";
import { Mutated, mutateHeaders } from "./header-mutation";
import { Sent, writeBody, writeHeaders, writeRest } from "./processing-request";
import { ProcessingResponse } from "./processing-response";
import { AnswerTaker, ProcessorStream } from "./processor-stream";

export class ExtProcConversation extends Conversation implements AnswerTaker {
  private stream: ProcessorStream = new ProcessorStream();
  private node: Node | null = null;
  /** The part that waits for the answer to its head. */
  private behindHead: Question | null = null;
  /** Parts that were sent on this stream. */
  private sentParts: u32 = 0;
  private skipsRequestBody: bool = false;
  private skipsRequestTrailers: bool = false;
  private skipsResponseTrailers: bool = false;
  private skipsResponse: bool = false;
  private skipsResponseBody: bool = false;
  /** Nothing more of the request will be sent. */
  private hasSentRequest: bool = false;

  constructor(
    private readonly transport: ExtProcTransport,
    private readonly id: RequestId,
    private readonly context: HttpContext,
    private readonly observes: bool,
  ) {
    super();
    this.begin();
  }

  get reportsHeadAlone(): bool {
    return true;
  }

  get isLost(): bool {
    return this.stream.failure !== null;
  }

  moveTo(node: Node): void {
    this.endStream();
    this.node = node;
    this.begin();
  }

  send(question: Question): Reply | null {
    question.lateAtTick = this.transport.deadlineOf(question);
    if (this.stream.isSatisfied) return new Reply(Outcome.Pass);
    if (!this.stream.isOpen) {
      // What the first stream has heard is said again on a new one.
      if (this.stream.wasOpen) this.begin();
      this.noteAsked(question);
      const refused = this.open();
      if (refused !== null) return refused;
    } else this.noteAsked(question);
    return this.sentParts == 0 ? this.sendHead(question) : this.sendParts(question);
  }

  /** The head comes alone. What has become of it is known at the end of the stream. */
  report(head: RequestHead | null, part: BodyPart): Reply | null {
    const ends = part.last && !part.truncated && !part.aborted;
    this.hasSentRequest = part.last;
    if (head === null) {
      this.sendBody(part, ends, null);
      return null;
    }
    const refused = this.open();
    if (refused === null) {
      this.writeHeaders(Sent.RequestHeaders, head.pairs, ends);
      this.sendWritten(Sent.RequestHeaders, null, head);
    } else this.stream.failure = refused;
    return refused;
  }

  askAboutResponse(head: ResponseHead, question: Question): Reply | null {
    if (this.skipsResponse) return new Reply(Outcome.Pass);
    question.lateAtTick = this.transport.deadline;
    this.writeHeaders(Sent.ResponseHeaders, head.headers, head.endOfStream);
    const sent = this.sendWritten(Sent.ResponseHeaders, question);
    return this.observes ? new Reply(Outcome.Pass) : sent;
  }

  /** Nobody waits for what is answered to it: bodies of responses are not held. */
  reportResponse(head: ResponseHead, part: BodyPart): Reply | null {
    const hasBody = !head.endOfStream && !head.isTunnel;
    if (hasBody && !this.skipsResponse && !this.skipsResponseBody) {
      // What is followed by trailers is not the end.
      const ends = part.last && !part.truncated && !part.aborted && part.trailers === null;
      if (part.length > 0 || ends) {
        writeBody(this.transport.begin(), Sent.ResponseBody, part, ends);
        this.sendWritten(Sent.ResponseBody, null);
      }
    }
    const trailers = part.trailers;
    if (trailers !== null && !this.skipsResponse && !this.skipsResponseTrailers) {
      this.writeHeaders(Sent.ResponseTrailers, trailers, false);
      this.sendWritten(Sent.ResponseTrailers, null);
    }
    // An API may answer, and all that is reported of it be sent, while its request still comes.
    if (this.hasSentRequest && part.last) this.endIfIdle();
    return null;
  }

  endIfIdle(): void {
    if (!this.stream.isAsked && this.behindHead === null) this.endStream();
  }

  end(): void {
    super.end();
    this.endStream();
  }

  private endStream(): void {
    const stream = this.stream;
    this.behindHead = null;
    if (!stream.isOpen) return;
    if (stream.isAsked) {
      this.transport.forget(stream);
      stream.cancel();
    } else stream.close(this.transport.closingDeadline);
  }

  settle(question: Question, reply: Reply): void {
    this.transport.desk.settle(question, reply);
  }

  onHeadAnswered(): void {
    const question = this.behindHead;
    if (question === null) return;
    this.behindHead = null;
    const reply = this.sendParts(question);
    if (reply !== null) this.settle(question, reply);
  }

  takeAnswer(kind: u32, answer: ProcessingResponse): Reply | null {
    this.node!.noteAnswer(this.transport.timers.tick);
    if (kind == Sent.RequestHeaders - 1) {
      this.skipsRequestBody = answer.skipsRequestBody || answer.replaces;
      this.skipsRequestTrailers = answer.skipsRequestTrailers;
      this.skipsResponseTrailers = answer.skipsResponseTrailers;
      this.skipsResponse = answer.skipsResponse;
    }
    // Envoy's filter takes modes with the answers to heads alone.
    if (kind <= 2 && (answer.skipsResponseBody || (kind > 1 && answer.replaces))) {
      this.skipsResponseBody = true;
    }
    if (answer.mutatesBody) this.transport.warnOnce(this.id, "change a body");
    const mutation = answer.mutation;
    return mutation === null ? null : this.mutate(kind, mutation);
  }

  onCounted(count: u32, reply: Reply): void {
    if (reply.isVerdict) this.transport.outbox.sent(count);
    else this.transport.outbox.lost(count, this.id, reply);
  }

  tick(): i32 {
    return this.transport.timers.tick;
  }

  onEnd(stream: ProcessorStream, reply: Reply): bool {
    // On another stream it may have been asked again since.
    if (stream !== this.stream) return false;
    const question = this.behindHead;
    this.behindHead = null;
    if (question !== null) this.settle(question, reply);
    return question !== null;
  }

  /** Without a message that is dropped the processor can make nothing of those behind it. It sees no end of what it was told. */
  private giveUp(reply: Reply): void {
    this.stream.failure = reply;
    this.stream.close(this.transport.closingDeadline);
  }

  private begin(): void {
    const stream = new ProcessorStream();
    stream.taker = this;
    stream.isObserved = this.observes;
    this.stream = stream;
    this.sentParts = 0;
    this.skipsRequestBody = false;
    this.skipsRequestTrailers = false;
    this.skipsResponseTrailers = false;
    this.skipsResponse = false;
    const config = this.transport.config;
    this.skipsResponseBody = !config.parseResponses || config.responseBodyLimit == 0;
  }

  private nodeToAsk(): Node {
    let node = this.node;
    if (node === null) node = this.transport.desk.pool.next();
    if (node === null) node = this.transport.desk.pool.first;
    this.node = node;
    return node;
  }

  /** Before the call: one that is refused at once has its place among the others too. */
  private noteAsked(question: Question): void {
    const node = this.nodeToAsk();
    question.node = node;
    question.turn = node.nextTurn();
  }

  private open(): Reply | null {
    const node = this.nodeToAsk();
    return this.transport.open(this.stream, node, this.id);
  }

  /** Its parts follow when it is answered; what is judged by its head alone has none. */
  private sendHead(question: Question): Reply | null {
    const asked = question.asked!;
    const head = asked.headToAsk();
    const part = asked.partToAsk(0);
    if (head === null || part === null) return new Reply(Outcome.PartsMissing);
    const isAlone = question.part == 0 && part.length == 0 && part.trailers === null;
    const ends = isAlone && part.last && !part.truncated;
    this.hasSentRequest = isAlone && part.last;
    this.sentParts = isAlone ? 1 : 0;
    this.writeHeaders(Sent.RequestHeaders, head.pairs, ends);
    const failed = this.sendWritten(Sent.RequestHeaders, isAlone ? question : null, head, question);
    if (failed === null && !isAlone) this.behindHead = question;
    return failed;
  }

  /** What was not sent on this stream yet, up to the part that is asked about. */
  private sendParts(question: Question): Reply | null {
    const asked = question.asked!;
    // Who was told nothing has judged nothing.
    let sent: Reply | null = new Reply(Outcome.Unanswered);
    while (this.sentParts <= question.part) {
      const part = asked.partToAsk(this.sentParts);
      if (part === null) return new Reply(Outcome.PartsMissing);
      const isAsked = this.sentParts++ == question.part;
      this.hasSentRequest = part.last;
      sent = this.sendBody(part, part.last && !part.truncated, isAsked ? question : null);
      if (sent !== null && sent.outcome != Outcome.Pass) return sent;
    }
    return sent;
  }

  private sendBody(part: BodyPart, ends: bool, question: Question | null): Reply | null {
    const trailers = part.trailers;
    const sendsTrailers = trailers !== null && trailers.count > 0 && !this.skipsRequestTrailers;
    const endsWithBody = ends && trailers === null;
    let sent: Reply | null = new Reply(Outcome.Pass);
    if (!this.skipsRequestBody && (part.length > 0 || endsWithBody)) {
      writeBody(this.transport.begin(), Sent.RequestBody, part, endsWithBody);
      sent = this.sendWritten(Sent.RequestBody, sendsTrailers ? null : question, null, question);
    }
    const isFailed = sent !== null && sent.outcome != Outcome.Pass;
    if (!sendsTrailers || (isFailed && !this.observes)) return sent;
    this.writeHeaders(Sent.RequestTrailers, trailers!, false);
    return this.sendWritten(Sent.RequestTrailers, question);
  }

  /** An answer to a body may change the headers too, while they are held. */
  private mutate(kind: u32, mutation: ArrayBuffer): Reply | null {
    let map = HeaderMapType.HttpRequestHeaders;
    if (kind == Sent.RequestTrailers - 1) map = HeaderMapType.HttpRequestTrailers;
    else if (kind == Sent.ResponseTrailers - 1) map = HeaderMapType.HttpResponseTrailers;
    else if ((kind & 1) == 0) map = HeaderMapType.HttpResponseHeaders;
    const before = getEffectiveContext();
    if (setEffectiveContext(this.context.contextId) != Status.Ok) return null;
    const result = mutateHeaders(mutation, map);
    setEffectiveContext(before);
    if (result == Mutated.TooLate) this.transport.warnOnce(this.id, "change headers now");
    return result == Mutated.Malformed ? new Reply(Outcome.Malformed, "header") : null;
  }

  private writeHeaders(kind: Sent, pairs: HeaderPairs, endOfStream: bool): void {
    writeHeaders(this.transport.begin(), kind, pairs, endOfStream);
  }

  /** Sends what was written since `begin`. `first`: it has this head of a request. `within`: the question whose time it has. */
  private sendWritten(
    kind: Sent,
    question: Question | null,
    first: RequestHead | null = null,
    within: Question | null = null,
  ): Reply | null {
    const out = this.transport.begun;
    const reportsResponses = !this.skipsResponseBody;
    if (first === null) writeRest(out, null, 0, this.observes, reportsResponses);
    else {
      // The head may be sent in a callback of another: what the gateway knows of the stream is read in the stream's own.
      const before = getEffectiveContext();
      if (before != this.context.contextId) setEffectiveContext(this.context.contextId);
      writeRest(out, first.pairs, first.time, this.observes, reportsResponses);
      if (before != this.context.contextId) setEffectiveContext(before);
    }
    const timed = question !== null ? question : within;
    const late = timed !== null ? timed.lateAtTick : this.transport.deadline;
    const stream = this.stream;
    let reply = stream.failure;
    if (!stream.hasRoomFor(kind - 1, out.length)) {
      reply = QUEUE_FULL;
      if (this.observes) this.giveUp(reply);
    } else if (stream.send(out, kind - 1, question, timed, late)) return null;
    // A processor that has ended the stream in good order has nothing against what it does not hear of.
    if (reply === null)
      reply = new Reply(stream.isSatisfied ? Outcome.Pass : Outcome.ConnectionLost);
    // Kinds of responses are odd here, one more than those of their answers.
    const isCounted = this.observes || (kind & 1) == 1;
    if (isCounted && reply.outcome != Outcome.Pass) this.onCounted(1, reply);
    return reply;
  }
}
