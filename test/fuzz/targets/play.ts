/** How goes one game of the driver? It plays client, node and upstream of a few requests, in any order that a real host allows. */
import type { Choices } from "../choices.ts";
import { require } from "../find.ts";
import { httpAnswer, type Asked } from "../generate/http-answer.ts";
import { requestMessage, responseMessage } from "../generate/messages.ts";
import { processorAnswer } from "../generate/processor-answer.ts";
import { isProbe, type GrpcStream, type HttpCall } from "../host/calls.ts";
import type { Exchange, Way } from "../host/exchange.ts";
import type { Pair } from "../host/pairs.ts";
import type { Plugin, World } from "../host/world.ts";
import type { Judge } from "../oracle/judge.ts";

export class Play {
  readonly choices: Choices;
  readonly world: World;
  readonly judge: Judge;
  /** The higher, the more answers are right. */
  readonly care: number;
  /** The last answer asks for patience. */
  hadNoRoom = false;
  #marks = 0;

  constructor(choices: Choices, world: World, judge: Judge, care: number) {
    this.choices = choices;
    this.world = world;
    this.judge = judge;
    this.care = care;
  }

  open(plugin: Plugin): Exchange {
    const { choices } = this;
    const truth = this.judge.truths.get(plugin.id)!;
    const mark = `m${++this.#marks}`;
    return this.world.open(plugin, {
      mark,
      protocol: choices.pick(["HTTP/1.1", "HTTP/2", "HTTP/1.0", "HTTP/3"]),
      source: choices.pick(["10.0.0.9:4711", "[2001:db8::7]:80", "10.0.0.9", ""]),
      request: requestMessage(choices, truth, mark),
      isKept: choices.oneIn(3),
    });
  }

  /** The next piece of a request, if the host would call back for one now. */
  sendMore(exchange: Exchange): boolean {
    const { request } = exchange;
    if (!request.headCalled) {
      this.world.requestHeaders(exchange);
      return true;
    }
    if (exchange.isAnswered || !this.mayGoOn(request)) return false;
    return this.nextPiece(request, {
      body: (size, end) => this.world.requestBody(exchange, size, end),
      trailers: () => this.world.requestTrailers(exchange),
    });
  }

  private mayGoOn(way: Way): boolean {
    const { message } = way;
    if (way.ended || way.isStopped) return false;
    return message.ends || way.seen < message.body.length;
  }

  private nextPiece(
    way: Way,
    give: { body: (size: number, end: boolean) => void; trailers: () => void },
  ): boolean {
    const { message, seen } = way;
    const left = message.body.length - seen;
    if (left === 0 && message.trailers !== null) {
      give.trailers();
      return true;
    }
    const size = this.chunk(left);
    // The end rides on the last chunk, or comes as an empty one.
    const isLast = size === left && message.ends && message.trailers === null;
    give.body(size, isLast && (left === 0 || this.choices.oneIn(2)));
    return true;
  }

  private chunk(left: number): number {
    if (left === 0) return 0;
    const { choices } = this;
    const size = choices.weighted<() => number>(
      [3, () => left],
      [2, () => 1 + choices.int(left)],
      [1, () => 1],
      [1, () => choices.pick([2, 7, 63, 64, 65, 1000, 4096])],
    )();
    return Math.min(left, size);
  }

  /** A response, or the next piece of one. */
  respond(exchange: Exchange): boolean {
    const way = exchange.response;
    const truth = this.judge.truths.get(exchange.rootId)!;
    if (way === null) {
      this.world.responseHeaders(
        exchange,
        exchange.reply === null ? responseMessage(this.choices, truth) : ownResponse(exchange),
      );
      return true;
    }
    if (!this.mayGoOn(way)) return false;
    return this.nextPiece(way, {
      body: (size, end) => this.world.responseBody(exchange, size, end),
      trailers: () => this.world.responseTrailers(exchange),
    });
  }

  leave(exchange: Exchange): void {
    this.world.end(exchange);
    this.judge.forget(exchange);
  }

  answer(call: HttpCall, care = this.care): void {
    if (isProbe(call)) return this.answerProbe(call, care);
    const told = this.judge.told.get(call.token);
    const asked: Asked[] = (told?.parts ?? []).map(({ ledger, number }) => ({
      id: ledger.id!,
      part: number,
    }));
    const answer = httpAnswer(this.choices, asked, care);
    this.hadNoRoom = answer.headers.some(([name, value]) => name === ":status" && value === "503");
    this.judge.beforeHttpAnswer(call.token, answer);
    call.isAnswered = true;
    this.world.answerHttp(call.rootId, call.token, answer.headers, answer.body);
    // What comes twice, or to a token that nobody has, is to do nothing.
    if (this.choices.oneIn(30))
      this.world.answerHttp(call.rootId, call.token, answer.headers, answer.body);
  }

  private answerProbe(call: HttpCall, care: number): void {
    const { choices } = this;
    const headers: Pair[] = [[":status", choices.pick(["200", "404", "503"])]];
    if (!choices.oneIn(care + 3)) {
      headers.push(["x-envoy-upstream-service-time", "1"], ["x-wallarm-node", "1"]);
    }
    const answer = { headers: choices.oneIn(care + 10) ? [] : headers, body: new Uint8Array() };
    this.judge.beforeHttpAnswer(call.token, answer);
    call.isAnswered = true;
    this.world.answerHttp(call.rootId, call.token, answer.headers, answer.body);
  }

  answerStream(stream: GrpcStream, care = this.care): void {
    const { choices, judge, world } = this;
    if (choices.oneIn(care + 8)) {
      this.endStream(stream, choices.weighted([2, 14], [2, 0], [1, 4], [1, 12], [1, 2]));
      return;
    }
    const expected = judge.processors.get(stream.token)?.expected ?? 1;
    const message = processorAnswer(choices, expected, care);
    judge.beforeGrpcAnswer(stream.token, message);
    world.answerGrpc(stream.rootId, stream.token, message);
  }

  endStream(stream: GrpcStream, code: number): void {
    this.judge.beforeGrpcEnd(stream.token, code);
    stream.isEnded = true;
    this.world.endGrpc(
      stream.rootId,
      stream.token,
      code,
      this.choices.pick(["", "no", "\xff\x00"]),
    );
  }

  /** A stray callback: for what was answered, or for nothing that ever was. */
  stray(plugin: Plugin): void {
    const { choices, world } = this;
    const known = [...world.calls.http.keys(), ...world.calls.grpc.keys()].filter(
      (token) => !this.isOpen(token),
    );
    const token =
      known.length > 0 && !choices.oneIn(3)
        ? choices.pick(known)
        : choices.pick([0, 3, 0xffffffff]);
    const kind = choices.int(3);
    if (kind === 0) {
      const { headers, body } = httpAnswer(choices, [], 2);
      world.answerHttp(plugin.id, token, headers, body);
    } else if (kind === 1) world.answerGrpc(plugin.id, token, processorAnswer(choices, 1, 2));
    else world.endGrpc(plugin.id, token, choices.int(17), "");
  }

  private isOpen(token: number): boolean {
    const { http, grpc } = this.world.calls;
    const stream = grpc.get(token);
    return (
      http.get(token)?.isAnswered === false ||
      (stream !== undefined && !stream.isEnded && !stream.isCancelled)
    );
  }

  /** A body callback behind a local reply: nothing of it may go on. */
  afterReply(exchange: Exchange): void {
    const { request } = exchange;
    if (exchange.reply === null || request.ended || !request.headCalled) return;
    // What was allowed for good before its response was refused is not judged again.
    if (this.judge.ledgers.get(exchange.id)?.allowed != null) return;
    const before = request.bytesOut;
    this.world.requestBody(
      exchange,
      Math.min(request.message.body.length - request.seen, 3),
      false,
    );
    require(request.bytesOut === before, "let go after a local reply", () => exchange.mark);
  }
}

/** The filter's own answer passes through its response callbacks. */
const ownResponse = (exchange: Exchange): Way["message"] => ({
  headers: [[":status", String(exchange.reply!.status)], ...exchange.reply!.headers],
  body: Buffer.from(exchange.reply!.body, "latin1"),
  trailers: null,
  ends: true,
});
