// What is said to an external processor about one request, and what is done with what it answers? As Envoy's own filter
// does with bodies STREAMED and trailers sent; but the parts of a body are those of this policy, and no body is changed.
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
import { Metric } from "../../telemetry";
import { BodyPart } from "../body-part";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { Reply } from "../reply";
import { ResponseHead } from "../response-head";
import { Conversation } from "../transport";
import { ExtProcTransport } from "./ext-proc-transport";
import { Mutated, mutateHeaders } from "./header-mutation";
import { Told, writeBody, writeHeaders, writeRest } from "./processing-request";
import { ProcessingResponse } from "./processing-response";
import { AnswerTaker, ProcessorStream } from "./processor-stream";

export class ExtProcConversation extends Conversation implements AnswerTaker {
  private readonly stream: ProcessorStream = new ProcessorStream();
  private node: Node | null = null;
  private retries: u32;
  private skipsRequestBody: bool = false;
  private skipsRequestTrailers: bool = false;
  private skipsResponse: bool = false;
  private skipsResponseBody: bool;
  /** Nothing more of the request will be told. */
  private hasToldRequest: bool = false;

  constructor(
    private readonly transport: ExtProcTransport,
    private readonly id: RequestId,
    private readonly context: HttpContext,
    private readonly observes: bool,
  ) {
    super();
    this.stream.taker = this;
    this.stream.isObserved = observes;
    const config = transport.config;
    // Of copies nobody hears soon enough that they were lost.
    this.retries = observes ? 0 : config.nodeRetries;
    this.skipsResponseBody = !config.parseResponses || config.responseBodyLimit == 0;
  }

  get tellsHeadAlone(): bool {
    return true;
  }

  /** The head comes alone: it is told before there is a body. */
  tellRequest(head: RequestHead | null, part: BodyPart, question: Question | null): Reply | null {
    const ends = part.last && !part.truncated;
    this.hasToldRequest = part.last;
    if (head !== null) return this.tellHead(head, ends, question);
    const told = this.tellBody(part, ends, question);
    part.release();
    return told;
  }

  private tellHead(head: RequestHead, ends: bool, question: Question | null): Reply | null {
    let node = this.transport.pool.next();
    let refused: Reply | null = new Reply(Outcome.NodeDead);
    while (node !== null) {
      refused = this.transport.open(this.stream, node, this.id);
      this.node = node;
      if (refused === null) break;
      const other = this.transport.pool.after(node);
      if (other === node || !this.mayRetry()) break;
      node = other;
    }
    if (refused !== null) return refused;
    this.writeHeaders(Told.RequestHeaders, head.pairs, ends);
    return this.send(Told.RequestHeaders, question, head);
  }

  /** Once more, if a retry is left. */
  private mayRetry(): bool {
    if (this.retries == 0) return false;
    this.retries--;
    this.transport.telemetry.count(Metric.NodeRetries);
    return true;
  }

  onEnd(reply: Reply): void {
    this.node!.note(reply.outcome, this.transport.timers.tick);
  }

  private tellBody(part: BodyPart, ends: bool, question: Question | null): Reply | null {
    const trailers = part.trailers;
    const tellsTrailers = trailers !== null && trailers.count > 0 && !this.skipsRequestTrailers;
    const endsWithBody = ends && trailers === null;
    let told: Reply | null = new Reply(Outcome.Pass);
    if (!this.skipsRequestBody && (part.length > 0 || endsWithBody)) {
      writeBody(this.transport.begin(), Told.RequestBody, part, endsWithBody);
      told = this.send(Told.RequestBody, tellsTrailers ? null : question);
    }
    if (!tellsTrailers || (told !== null && told.outcome != Outcome.Pass)) return told;
    this.writeHeaders(Told.RequestTrailers, trailers!, false);
    return this.send(Told.RequestTrailers, question);
  }

  tellResponseHead(head: ResponseHead, question: Question): Reply | null {
    if (this.skipsResponse) return new Reply(Outcome.Pass);
    this.writeHeaders(Told.ResponseHeaders, head.headers, head.endOfStream);
    return this.send(Told.ResponseHeaders, question);
  }

  /** Nobody waits for what is answered to it: bodies of responses are not held. */
  tellResponse(head: ResponseHead, part: BodyPart): Reply | null {
    let told: Reply | null = null;
    if (!head.endOfStream && !this.skipsResponse && !this.skipsResponseBody) {
      // What is followed by trailers is not the end, though they are not told.
      const ends = !part.truncated && part.trailers === null;
      writeBody(this.transport.begin(), Told.ResponseBody, part, ends);
      told = this.send(Told.ResponseBody, null);
    }
    // An API may answer, and say all that is told of it, while its request still comes.
    if (this.hasToldRequest) this.endIfIdle();
    return told === null ? new Reply(Outcome.Pass) : told;
  }

  endIfIdle(): void {
    if (!this.stream.isAsked) this.end();
  }

  end(): void {
    const stream = this.stream;
    if (!stream.isOpen) return;
    if (stream.isAsked) {
      this.transport.forget(stream);
      stream.cancel();
    } else stream.close(this.transport.closingDeadline);
  }

  takeAnswer(kind: u32, answer: ProcessingResponse): Reply | null {
    this.node!.noteAnswer(this.transport.timers.tick);
    if (kind == Told.RequestHeaders - 1) {
      this.skipsRequestBody = answer.skipsRequestBody || answer.replaces;
      this.skipsRequestTrailers = answer.skipsRequestTrailers;
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

  onBroken(reply: Reply): void {
    this.transport.outbox.lost(1, this.id, reply);
  }

  /** An answer to a body may change the headers too, while they are held. */
  private mutate(kind: u32, mutation: ArrayBuffer): Reply | null {
    let map = HeaderMapType.HttpRequestHeaders;
    if (kind == Told.RequestTrailers - 1) map = HeaderMapType.HttpRequestTrailers;
    else if ((kind & 1) == 0) map = HeaderMapType.HttpResponseHeaders;
    const before = getEffectiveContext();
    if (setEffectiveContext(this.context.contextId) != Status.Ok) return null;
    const result = mutateHeaders(mutation, map);
    setEffectiveContext(before);
    if (result == Mutated.TooLate) this.transport.warnOnce(this.id, "change headers now");
    return result == Mutated.Malformed ? new Reply(Outcome.Malformed, "header") : null;
  }

  private writeHeaders(told: Told, pairs: HeaderPairs, endOfStream: bool): void {
    writeHeaders(this.transport.begin(), told, pairs, endOfStream);
  }

  /** Sends what was written since `begin`. `first`: it tells this head of a request. */
  private send(
    told: Told,
    question: Question | null,
    first: RequestHead | null = null,
  ): Reply | null {
    const out = this.transport.begun;
    const tellsResponses = !this.skipsResponseBody;
    if (first === null) writeRest(out, null, 0, this.observes, tellsResponses);
    else writeRest(out, first.pairs, first.time, this.observes, tellsResponses);
    if (this.stream.send(out, told - 1, question, this.transport.deadline)) {
      return this.observes ? new Reply(Outcome.Pass) : null;
    }
    // A processor that has ended the stream in good order has nothing against what it does not hear of.
    return new Reply(this.stream.isSatisfied ? Outcome.Pass : Outcome.ConnectionLost);
  }
}
