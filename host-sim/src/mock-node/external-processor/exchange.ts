/**
 * How does one stream of Envoy's protocol, which is one request and its response, become messages for the node's judge, and
 * its verdicts answers? Knows nothing of gRPC.
 */
import { randomBytes } from "node:crypto";
import { ContractError, malformed } from "../contract/contract-error.ts";
import type { Message, NameValue, PartMessage, RequestMessage } from "../contract/messages.ts";
import type { Judge } from "../connector/judge.ts";
import { dropsUnread } from "../faults/deliver.ts";
import { faultText, type Fault } from "../faults/fault.ts";
import type { Call } from "../journal/entries.ts";
import { attributesOf, requestId } from "./attributes.ts";
import { bodySendMode, type Phase, type ProcessingRequest } from "./messages.ts";
import type { ProcessingResponse } from "./messages.ts";
import { blockReply, continueReply } from "./replies.ts";
import { pairsOf, requestMessage } from "./request-message.ts";
import { ResponseCollector } from "./response-collector.ts";
import type { StreamFaults } from "./stream-faults.ts";

export interface ExchangeParts {
  readonly judge: Judge;
  readonly faults: StreamFaults;
  /** Of a response's body so much is kept. */
  readonly responseBytes: number;
  readonly now: () => number;
  readonly call: Call;
  /** Aborted when the gateway has ended the stream. */
  readonly signal: AbortSignal;
  /** By which the policy's log and its clients know the request: metadata of its stream. Envoy's own filter has none. */
  readonly requestId?: string | undefined;
}

/** What is to be done about one message. */
export interface Turn {
  readonly phase: Phase;
  /** Undefined: nobody waits for an answer (`observability_mode`). */
  readonly reply: ProcessingResponse | undefined;
  readonly faults: readonly Fault[];
}

export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #response: ResponseCollector;
  #request: RequestMessage | undefined;
  #part = 0;
  #requestEnded = false;
  #bodyBytes = 0;
  #messages = 0;
  #refused = false;
  readonly #responseFaults: Fault[] = [];

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#response = new ResponseCollector(parts.responseBytes);
  }

  /** Undefined before the first message. */
  get request(): RequestMessage | undefined {
    return this.#request;
  }

  /** Rejects with a ContractError where the stream can't go on. One message at a time. */
  async take(message: ProcessingRequest): Promise<Turn> {
    this.#messages += 1;
    const phase = message.request;
    if (phase === undefined) {
      throw malformed("MsgDataFormat", `message ${this.#messages}: none of its six kinds is set`);
    }
    if (this.#messages === 1) checkModes(message);
    return phase.startsWith("request")
      ? this.#requestTurn(phase, message)
      : this.#responseTurn(phase, message);
  }

  /** The stream is over: what has come so far is judged, and nothing is held any longer. */
  async end(): Promise<void> {
    const request = this.#request;
    if (request === undefined) return;
    const ended = this.#requestEnded || this.#refused ? undefined : this.#endRequest();
    this.#parts.judge.forget(request.id);
    await ended;
    if (this.#response.begun && !this.#response.ended) await this.#reportResponse(request);
  }

  async #reportResponse({ id, time }: RequestMessage): Promise<void> {
    const { judge, call } = this.#parts;
    const message = this.#response.message(id, time);
    await judge.judge({ message, call, faults: this.#responseFaults });
  }

  async #requestTurn(phase: Phase, message: ProcessingRequest): Promise<Turn> {
    const read = await this.#readRequest(phase, message);
    const { judge, faults, call } = this.#parts;
    const struck = await this.#guarded(() => faults.take(read, judge.factsOf(read)));
    const drops = dropsUnread(struck);
    const reply = drops
      ? this.#dropped(read, struck, drops)
      : await this.#guarded(() => this.#judged(phase, read, struck, call));
    const waiting = !message.observabilityMode;
    return { phase, reply: waiting ? reply : undefined, faults: struck };
  }

  async #judged(
    phase: Phase,
    message: RequestMessage | PartMessage,
    faults: readonly Fault[],
    call: Call,
  ): Promise<ProcessingResponse> {
    const answer = await this.#parts.judge.judge({
      message,
      call,
      faults,
      signal: this.#parts.signal,
    });
    const blocked = answer !== undefined && "action" in answer && answer.action === "block";
    return blocked && this.#request
      ? blockReply(this.#request, answer.status ?? 403)
      : continueReply(phase);
  }

  #dropped(read: Message, struck: readonly Fault[], { name }: Fault): undefined {
    this.#refused = true;
    const { judge, call } = this.#parts;
    judge.refused({ message: read, call, faults: struck }, `cut unread: ${name}=begin`);
    return undefined;
  }

  /** A request that was refused once is not told again at the end. */
  async #guarded<T>(action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.#refused = true;
      throw error;
    }
  }

  async #readRequest(
    phase: Phase,
    message: ProcessingRequest,
  ): Promise<RequestMessage | PartMessage> {
    if (this.#requestEnded) {
      throw malformed("MsgDataFormat", `${phase} came after the end of the request`);
    }
    if (phase === "requestHeaders") {
      if (this.#request) throw malformed("MsgDataFormat", "requestHeaders came a second time");
      return this.#begin(message);
    }
    if (this.#request === undefined) await this.#beginWithoutHeaders(message);
    if (phase === "requestTrailers") {
      return this.#nextPart(new Uint8Array(), true, pairsOf(message.requestTrailers!.trailers));
    }
    const { body, endOfStream } = message.requestBody!;
    return this.#nextPart(Uint8Array.from(body), endOfStream, undefined);
  }

  #begin(message: ProcessingRequest): RequestMessage {
    const { judge, now } = this.#parts;
    const attributes = attributesOf(message);
    const given = requestId(this.#parts.requestId ?? attributes.get("request.id"));
    // A client may choose its x-request-id: a second request with the same one is judged too, under another id.
    const id = given && !judge.knows(given) ? given : randomBytes(16).toString("hex");
    this.#request = requestMessage({
      id,
      head: message.requestHeaders,
      attributes,
      observabilityMode: message.observabilityMode,
      now: now(),
    });
    this.#requestEnded = this.#request.last;
    return this.#request;
  }

  /** Where the filter sends no headers, the body is judged all the same. */
  async #beginWithoutHeaders(message: ProcessingRequest): Promise<void> {
    const { judge, call } = this.#parts;
    await judge.judge({ message: this.#begin(message), call, faults: [] });
  }

  #nextPart(body: Uint8Array, last: boolean, trailers: NameValue[] | undefined): PartMessage {
    this.#part += 1;
    this.#bodyBytes += body.length;
    this.#requestEnded = last;
    const { id, mode } = this.#request!;
    const [part, bodySize] = [this.#part, this.#bodyBytes];
    return {
      type: "part",
      id,
      part,
      last,
      mode,
      trailers,
      body,
      bodySize,
      truncated: false,
      aborted: false,
    };
  }

  /** Its end was not told: trailers are not sent to us, or the stream broke off. Nobody waits for this verdict. */
  async #endRequest(): Promise<void> {
    const { judge, call } = this.#parts;
    const last = this.#nextPart(new Uint8Array(), true, undefined);
    try {
      await judge.judge({ message: { ...last, truncated: true }, call, faults: [] });
    } catch (error) {
      if (!(error instanceof ContractError)) throw error; // it was forgotten meanwhile (part_age)
    }
  }

  async #responseTurn(phase: Phase, message: ProcessingRequest): Promise<Turn> {
    if (this.#response.ended) {
      throw malformed("MsgDataFormat", `${phase} came after the end of the response`);
    }
    if (this.#request === undefined) await this.#beginWithoutHeaders(message);
    const response = this.#response;
    response.begin(this.#parts.now());
    if (phase === "responseHeaders") response.addHeaders(message.responseHeaders!);
    else if (phase === "responseBody") response.addBody(message.responseBody!);
    else response.addTrailers(message.responseTrailers!);
    const struck = this.#responseStruck();
    // Not at the end of the stream, which Envoy keeps open for seconds in observability mode.
    if (response.ended) await this.#reportResponse(this.#request!);
    const reply = message.observabilityMode ? undefined : continueReply(phase);
    return { phase, reply, faults: struck };
  }

  #responseStruck(): Fault[] {
    const { judge, faults } = this.#parts;
    const subject = { type: "response", id: this.#request!.id, part: 0 } as const;
    const struck = faults.take(subject, judge.factsOf(subject));
    for (const fault of struck) {
      const told = this.#responseFaults.some((one) => faultText(one) === faultText(fault));
      if (!told) this.#responseFaults.push(fault);
    }
    return struck;
  }
}

/** In these modes the node would have to give every byte of the body back. */
function checkModes({ protocolConfig }: ProcessingRequest): void {
  for (const key of ["requestBodyMode", "responseBodyMode"] as const) {
    const mode = protocolConfig?.[key];
    const name = Object.entries(bodySendMode).find(([, value]) => value === mode)?.[0];
    if (name === undefined) continue;
    const field = key === "requestBodyMode" ? "request_body_mode" : "response_body_mode";
    const reason = `processing_mode.${field} is ${name}: must be STREAMED, BUFFERED, BUFFERED_PARTIAL or NONE`;
    throw new ContractError(501, reason, { errorType: "MsgDataFormat" });
  }
}
