/**
 * An external processor that a scenario sees as the node that it has over HTTP: streams become messages with parts, verdicts become
 * answers. So one scenario runs over both transports. What only a processor can do is done with processor.ts itself.
 */
import { header } from "../http1-reader.ts";
import type { Headers } from "../http1-reader.ts";
import type { Message } from "../node/messages.ts";
import { TestNode } from "../node/test-node.ts";
import type { Call } from "../node/test-node.ts";
import type { Reply, Verdict } from "../node/replies.ts";
import type { Told } from "./codec.ts";
import { Processor } from "./processor.ts";
import type { ProcessorStream } from "./processor.ts";

// Codes of gRPC: what a processor that has failed says, and what is left of a connection that was cut.
const UNKNOWN = 2;
const INTERNAL = 13;
const PERMISSION_DENIED = 7;

/** One stream: a request and its response. */
interface Exchange {
  readonly id: string;
  /** Told, and not yet part of a message: a body is to follow. */
  head?: Told;
  responseHead?: Told;
  part: number;
  bodySize: number;
  isGrpc: boolean;
  /** Answers go in the order of the messages. */
  turn: Promise<void>;
}

export class ProcessorNode extends TestNode {
  readonly processor: Processor;
  readonly #exchanges = new Map<ProcessorStream, Exchange>();
  readonly #tls: boolean;

  private constructor(processor: Processor, tls: boolean) {
    super();
    this.processor = processor;
    this.#tls = tls;
    this.reset();
  }

  static async start(options: { readonly tls?: boolean } = {}): Promise<ProcessorNode> {
    return new ProcessorNode(await Processor.start(options), options.tls ?? false);
  }

  get url(): string {
    return `h2://${this.authority}`;
  }

  get authority(): string {
    return this.processor.authority;
  }

  /** As a cluster has it. */
  get clusterUrl(): string {
    return `${this.#tls ? "https" : "http"}://${this.authority}`;
  }

  override reset(): void {
    super.reset();
    this.processor.reset();
    this.processor.answerWith((told, stream) => this.#onMessage(told, stream));
    this.processor.answerChecksWith(() => this.#onCheck());
  }

  listen(): Promise<void> {
    return this.processor.listen();
  }

  refuse(): Promise<void> {
    this.processor.stop();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.refuse();
  }

  #onMessage(told: Told, stream: ProcessorStream): void {
    const exchange = this.#exchanges.get(stream) ?? this.#begin(stream);
    const messages = told.kind.startsWith("response")
      ? responseMessages(exchange, told)
      : requestMessages(exchange, told);
    const calls = messages.map((message) => this.#record(message));
    exchange.turn = exchange.turn.then(async () => {
      const replies = calls.filter(isAsked).map((call) => this.answer(call.messages, call));
      const reply = await replies[0];
      for (const call of calls) call.answered = true;
      if (!told.observability && !stream.cancelled) act(reply, told, exchange, stream);
    });
  }

  /** Its health service is well, whatever it says of streams. */
  async #onCheck(): Promise<void> {
    const call = newCall(this.probes.length);
    this.probes.push(call);
    const reply = await this.saidOfProbes?.(call.messages, call);
    call.answered = true;
    if (reply?.kind === "silence") await new Promise(() => {});
  }

  #begin(stream: ProcessorStream): Exchange {
    const id = String(stream.metadata["x-wallarm-request-id"]);
    const exchange = { id, part: 0, bodySize: 0, isGrpc: false, turn: Promise.resolve() };
    this.#exchanges.set(stream, exchange);
    stream.call.on("end", () => this.#end(stream, exchange));
    stream.call.on("cancelled", () => this.#end(stream, exchange));
    return exchange;
  }

  /** What was not told to its end is told as far as it came. */
  #end(stream: ProcessorStream, exchange: Exchange): void {
    if (!this.#exchanges.delete(stream)) return;
    const { head, responseHead } = exchange;
    if (head !== undefined) this.#record(requestMessage(exchange, head)).answered = true;
    if (responseHead !== undefined) this.#record(responseMessage(exchange)).answered = true;
  }

  #record(message: Message): Call {
    const call = newCall(this.calls.length, [message]);
    this.calls.push(call);
    return call;
  }
}

const newCall = (order: number, messages: readonly Message[] = []): Call => ({
  order,
  time: performance.now(),
  requestLine: "",
  headers: [],
  messages,
  answered: false,
});

const isAsked = ({ messages }: Call): boolean => messages[0]!.type !== "response";

/** A head whose body is to come is told with its first part, as over HTTP. */
function requestMessages(exchange: Exchange, told: Told): Message[] {
  const head = exchange.head ?? (told.kind === "request_headers" ? told : undefined);
  if (told === head && !told.endOfStream && !isUpgrade(told)) {
    exchange.head = told;
    return [];
  }
  exchange.head = undefined;
  return [requestMessage(exchange, head, told)];
}

function requestMessage(exchange: Exchange, head: Told | undefined, told?: Told): Message {
  const body = told?.body?.length ? told.body : undefined;
  exchange.bodySize += body?.length ?? 0;
  const trailers = told?.kind === "request_trailers" ? pairsOf(told) : undefined;
  return {
    type: "part",
    ...(head && headOf(exchange, head)),
    id: exchange.id,
    part: exchange.part++,
    last: told?.endOfStream === true || trailers !== undefined,
    ...(head === undefined && { headers: [] }),
    ...(body && { body }),
    ...(trailers && { trailers }),
    bodySize: exchange.bodySize,
    truncated: false,
    aborted: false,
  } as Message;
}

function headOf(exchange: Exchange, head: Told): Partial<Message> {
  const all = pairsOf(head);
  const headers = all.filter(([name]) => !name.startsWith(":"));
  exchange.isGrpc = (header(headers, "content-type") ?? "").startsWith("application/grpc");
  return {
    type: "request",
    mode: head.observability ? "async" : "sync",
    scheme: header(all, ":scheme"),
    method: header(all, ":method"),
    host: header(all, ":authority"),
    path: header(all, ":path"),
    headers,
  };
}

/** What follows its head is no body. */
function isUpgrade(head: Told): boolean {
  const all = pairsOf(head);
  if (header(all, ":method") === "CONNECT") return true;
  const isFramed = header(all, "content-length") ?? header(all, "transfer-encoding");
  return isFramed === undefined && /upgrade/i.test(header(all, "connection") ?? "");
}

function responseMessages(exchange: Exchange, told: Told): Message[] {
  if (told.kind === "response_headers" && !told.endOfStream) {
    exchange.responseHead = told;
    return [];
  }
  exchange.responseHead ??= told;
  return [responseMessage(exchange, told)];
}

function responseMessage(exchange: Exchange, told?: Told): Message {
  const all = pairsOf(exchange.responseHead!);
  exchange.responseHead = undefined;
  const body = told?.body?.length ? told.body : undefined;
  const trailers = told?.kind === "response_trailers" ? pairsOf(told) : undefined;
  return {
    type: "response",
    id: exchange.id,
    part: 0,
    last: true,
    status: Number(header(all, ":status")),
    headers: all.filter(([name]) => !name.startsWith(":")),
    ...(body && { body }),
    ...(trailers && { trailers }),
    truncated: told?.endOfStream !== true && trailers === undefined,
    aborted: false,
  };
}

function pairsOf({ headers = [] }: Told): Headers {
  return headers.map((line) => {
    const colon = line.indexOf(": ", 1);
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}

/** `undefined`: nothing was asked of the test, and it goes on. */
function act(
  reply: Reply | undefined,
  told: Told,
  exchange: Exchange,
  stream: ProcessorStream,
): void {
  if (reply?.kind === "silence") return;
  if (reply !== undefined && (reply.kind !== "http" || reply.verdicts === undefined)) {
    const code = reply.kind === "http" ? UNKNOWN : INTERNAL;
    stream.call.emit("error", { code, details: "no verdict" });
    return;
  }
  const blocks = reply?.verdicts?.find(({ action }) => action === "block");
  if (blocks !== undefined) stream.reply(refusal(exchange, blocks));
  else stream.reply({ [told.kind]: {} });
}

/** As the policy itself blocks over HTTP. */
function refusal({ id, isGrpc }: Exchange, { attacks = [] }: Verdict): object {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-wallarm-request-id": id,
  };
  const set_headers = Object.entries(headers).map(([key, value]) => ({
    header: { key, raw_value: Buffer.from(value) },
  }));
  return {
    immediate_response: {
      status: { code: 403 },
      headers: { set_headers },
      body: Buffer.from(JSON.stringify({ error: "forbidden", requestId: id })),
      ...(isGrpc && { grpc_status: { status: PERMISSION_DENIED } }),
      details: String(attacks),
    },
  };
}
