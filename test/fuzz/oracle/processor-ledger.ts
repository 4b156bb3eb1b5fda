/** What has an external processor agreed to, on one gRPC stream? By Envoy's protocol: answers come in the order of what they answer. */
import { require } from "../find.ts";
import type { GrpcStream } from "../host/calls.ts";
import type { Pair } from "../host/pairs.ts";
import type { Ledger, Part } from "./ledger.ts";
import { readProcessorAnswer, setHeadersOf, type ProcessorAnswer } from "./processor-answer.ts";
import { fieldsOf, type Field } from "./protobuf.ts";
import { declaredLength } from "./request-truth.ts";

const REQUEST_HEADERS = 2;
const RESPONSE_HEADERS = 3;
const REQUEST_BODY = 4;
const RESPONSE_BODY = 5;
const REQUEST_TRAILERS = 6;

/** Why all may go on. */
const SKIPPED = "the processor wants no more of it";

interface Asked {
  readonly field: number;
  readonly part: Part | null;
  /** Ticks since it became the next to be answered. */
  ticks: number;
}

const latin1 = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? "" : Buffer.from(bytes).toString("latin1");

export class ProcessorLedger {
  readonly stream: GrpcStream;
  ledger: Ledger | null = null;
  readonly #find: (mark: string) => Ledger | undefined;
  readonly #asked: Asked[] = [];
  #told = 0;
  /** Ticks of what was answered since the last one: a part behind its head has the head's time. */
  #carried = 0;
  #hasAnswered = false;
  #responseBytes = 0;

  constructor(stream: GrpcStream, find: (mark: string) => Ledger | undefined) {
    this.stream = stream;
    this.#find = find;
  }

  /** Number of the field in which the next answer is expected. */
  get expected(): number {
    return (this.#asked[0]?.field ?? REQUEST_HEADERS) - 1;
  }

  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  onSend(message: Uint8Array): void {
    const fields = fieldsOf(message);
    require(fields !== undefined, "told rubbish", () => Buffer.from(message).toString("hex"));
    const told = fields.filter(({ number }) => number >= REQUEST_HEADERS && number <= 7);
    require(told.length === 1, "told rubbish", () => "not one message");
    const [field] = told as [Field];
    const inner = fieldsOf(field.bytes);
    require(inner !== undefined && field.wire === 2, "told rubbish", () => `field ${field.number}`);
    const part = this.read(field.number, inner);
    // What follows may belong to the same question.
    if (field.number === REQUEST_HEADERS) this.ledger!.onAsked();
    const observes = fields.some(({ number, value }) => number === 10 && value === 1);
    require(observes !== this.ledger!.truth.isSync, "told in another mode", () => String(observes));
    if (!observes) this.#asked.push({ field: field.number, part, ticks: this.#carried });
  }

  private read(field: number, inner: readonly Field[]): Part | null {
    if (field === REQUEST_HEADERS) return this.readHead(inner);
    const { ledger } = this;
    require(ledger !== null, "told something else", () => "no head before it");
    if (field === REQUEST_BODY) return this.readBody(ledger, inner);
    if (field === REQUEST_TRAILERS) return this.readTrailers(ledger, inner);
    const way = ledger.exchange.response;
    require(way !== null && !ledger.exchange.isResponseOurs, "told something else", () =>
      "no response");
    if (field === RESPONSE_HEADERS) samePairs(headersIn(inner), way.message.headers);
    if (field === RESPONSE_BODY) {
      const body = latin1(inner.find(({ number }) => number === 1)?.bytes);
      const most = Math.min(ledger.truth.responseLimit, way.seen);
      const from = this.#responseBytes;
      const to = (this.#responseBytes += body.length);
      const right = Buffer.from(way.message.body.subarray(from, to)).toString("latin1");
      require(body === right || ledger.isHelpless, "told something else", () =>
        "body of a response");
      require(to <= most, "response told twice", () => "");
      // One that goes on is told piece by piece; in the end nothing of it is left out.
      const isEnd = inner.some(({ number, value }) => number === 2 && value === 1);
      const isWhole = way.ended && to === way.seen;
      require(!isEnd || isWhole || ledger.isHelpless, "told an end that is none", () => "response");
    }
    return null;
  }

  private readHead(inner: readonly Field[]): Part {
    const headers = headersIn(inner);
    const mark = headers.find(([name]) => name === "x-mark")?.[1] ?? "";
    const ledger = this.#find(mark);
    require(ledger !== undefined && this.ledger === null, "told something else", () =>
      `head ${mark}`);
    this.ledger = ledger;
    // The stream before was lost: it is asked about from its head once more.
    if (ledger.truth.isSync) ledger.parts.length = 0;
    const { request } = ledger.exchange;
    samePairs(headers, request.message.headers);
    const last = inner.some(({ number, value }) => number === 3 && value === 1);
    const isEnd = request.ended || declaredLength(request.message.headers) === 0n;
    require(!last || (isEnd && request.seen === 0), "told an end that is none", () => mark);
    return this.add(ledger, { from: 0, to: 0, last, truncated: false, isPassed: false });
  }

  private readBody(ledger: Ledger, inner: readonly Field[]): Part {
    const { request, mark, gone } = ledger.exchange;
    const body = latin1(inner.find(({ number }) => number === 1)?.bytes);
    const to = this.#told + body.length;
    const right = Buffer.from(request.message.body.subarray(this.#told, to)).toString("latin1");
    require(to <= request.seen && body === right, "told something else", () => `${mark}: body`);
    const last = inner.some(({ number, value }) => number === 2 && value === 1);
    const isWhole = BigInt(request.seen) === declaredLength(request.message.headers);
    const isDone = isWhole || (request.ended && !request.trailersCalled);
    const isEnd = isDone || gone || ledger.isHelpless;
    require(!last || (isEnd && to === request.seen), "told an end that is none", () => mark);
    require(body.length <= ledger.truth.requestLimit, "a part longer than its limit", () => mark);
    const from = this.#told;
    this.#told = to;
    return this.add(ledger, { from, to, last, truncated: false, isPassed: false });
  }

  private readTrailers(ledger: Ledger, inner: readonly Field[]): Part {
    const { request, mark } = ledger.exchange;
    require(request.trailersCalled, "told something else", () => `${mark}: trailers`);
    samePairs(headersIn(inner), request.message.trailers!);
    const to = this.#told;
    return this.add(ledger, { from: to, to, last: true, truncated: false, isPassed: false });
  }

  private add(ledger: Ledger, part: Part): Part {
    ledger.parts.push(part);
    return part;
  }

  /** To be called before the policy hears of it. */
  onAnswer(message: Uint8Array): void {
    const { ledger, stream } = this;
    if (ledger === null || stream.isCancelled || stream.isEnded || !ledger.truth.isSync) return;
    const answer = readProcessorAnswer(message);
    if (answer.odd) this.excuse(ledger);
    if (answer.malformed) return this.fail(ledger);
    if (answer.asksForTime) return;
    if (answer.kind === 7) return this.block(ledger, answer);
    const asked = this.#asked[0];
    if (asked === undefined || answer.kind !== asked.field - 1) return this.fail(ledger);
    if (answer.mutation !== null && setHeadersOf(answer.mutation) === undefined) {
      this.excuse(ledger);
      if (fieldsOf(answer.mutation) === undefined) return this.fail(ledger);
    }
    this.#hasAnswered = true;
    this.#carried = asked.ticks;
    this.#asked.shift();
    this.accept(ledger, asked, answer);
  }

  private accept(ledger: Ledger, asked: Asked, answer: ProcessorAnswer): void {
    if (asked.part !== null) ledger.onVerdict(asked.part, "pass");
    const { overflow, requestLimit } = ledger.truth;
    const isFull = (asked.part?.to ?? 0) >= requestLimit;
    if (overflow === "pass" && isFull) ledger.allowed ??= "the rest may flow unjudged";
    if (asked.field !== REQUEST_HEADERS) return;
    const skips = answer.skipsRequestBody || answer.skipsRequestTrailers;
    if (skips || answer.replaces) ledger.allowed ??= SKIPPED;
    if (asked.part!.last || ledger.isUpgrade || ledger.truth.requestLimit === 0)
      this.end(ledger, asked.part!);
  }

  private end(ledger: Ledger, part: Part): void {
    if (!part.last) ledger.allowed ??= "the rest may flow unjudged";
  }

  private block(ledger: Ledger, answer: ProcessorAnswer): void {
    this.#asked.length = 0;
    ledger.answer = { status: answer.status, body: answer.body };
    ledger.mayRefuse.add("block");
    const isResponseHeld = ledger.exchange.response?.isHeld === true && !ledger.exchange.isAnswered;
    // Who wants to hear no more of a request may refuse it for as long as it is held.
    const isSkipped = ledger.allowed === SKIPPED && ledger.exchange.request.headHeld;
    const isWaitedFor = isSkipped && !ledger.exchange.isAnswered && !ledger.exchange.gone;
    ledger.owesRefusal =
      !this.mayBeLate && !answer.odd && (ledger.isOpen || isResponseHeld || isWaitedFor);
  }

  /** Nothing that comes of this stream can be used. */
  private fail(ledger: Ledger): void {
    this.#asked.length = 0;
    ledger.onNoVerdict();
  }

  /** Decoders differ about such a message: what the policy makes of it is its own matter, if it is safe. */
  private excuse(ledger: Ledger): void {
    ledger.allowed ??= "an odd answer";
    for (const cause of ["block", "no verdict"] as const) ledger.mayRefuse.add(cause);
    ledger.isHelpless = true;
  }

  onEnd(code: number): void {
    const { ledger, stream } = this;
    if (ledger === null || stream.isCancelled || stream.isEnded) return;
    if (!ledger.truth.isSync) return;
    this.#asked.length = 0;
    if (code === 0 && this.#hasAnswered)
      ledger.allowed ??= "the processor has nothing against the rest";
    else ledger.onNoVerdict();
  }

  onCancel(): void {
    this.#asked.length = 0;
  }

  private get mayBeLate(): boolean {
    const next = this.#asked[0];
    return next !== undefined && next.ticks * 100 >= this.ledger!.truth.timeoutMs;
  }

  /** How many questions may be given up at this tick. */
  onTick(): number {
    const next = this.#asked[0];
    this.#carried = 0;
    if (next === undefined || this.ledger === null) return 0;
    next.ticks++;
    if (next.ticks * 100 < this.ledger.truth.timeoutMs) return 0;
    this.ledger.onNoVerdict();
    return 1;
  }
}

function headersIn(inner: readonly Field[]): Pair[] {
  const map = inner.find(({ number }) => number === 1);
  return (map === undefined ? [] : (fieldsOf(map.bytes) ?? [])).map((header): Pair => {
    const pair = fieldsOf(header.bytes) ?? [];
    const value = (number: number): string =>
      latin1(pair.find((one) => one.number === number)?.bytes);
    return [value(1), value(3)];
  });
}

function samePairs(told: readonly Pair[], right: readonly Pair[]): void {
  require(told.length === right.length, "told something else", () =>
    `${told.length} headers, not ${right.length}`);
  right.forEach(([name, value], i) => {
    const isSame = told[i]![0] === name && told[i]![1] === value;
    require(isSame, "told something else", () => `header ${JSON.stringify(told[i])}`);
  });
}
