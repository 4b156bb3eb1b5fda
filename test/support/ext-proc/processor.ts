/**
 * An external processor under the test's thumb: it keeps every stream with its messages, and answers each message as the test
 * says and when the test says, in good form or bad. Not to be taken for host-sim's mock node, which judges by itself.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerDuplexStream } from "@grpc/grpc-js";
import { eventually } from "../deadline.ts";
import { readTold, replyBytes } from "./codec.ts";
import type { Told } from "./codec.ts";

const CERTIFICATES = join(import.meta.dirname, "../../fixtures/tls");
const raw = (bytes: Buffer): Buffer => bytes;
const PROCESS = {
  path: "/envoy.service.ext_proc.v3.ExternalProcessor/Process",
  requestStream: true,
  responseStream: true,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
};

/** gRPC's health service, by which a processor is asked whether it lives. */
const CHECK = {
  ...PROCESS,
  path: "/grpc.health.v1.Health/Check",
  requestStream: false,
  responseStream: false,
};
/** HealthCheckResponse.status = SERVING. */
const SERVING = Buffer.of(0x08, 1);

export class ProcessorStream {
  readonly told: Told[] = [];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The client has closed its side. */
  ended = false;
  /** The client has reset the stream. */
  cancelled = false;
  /** Raw bytes of the messages. */
  readonly bytes: Buffer[] = [];
  readonly call: ServerDuplexStream<Buffer, Buffer>;

  constructor(call: ServerDuplexStream<Buffer, Buffer>) {
    this.call = call;
    this.metadata = call.metadata.getMap();
  }

  get kinds(): string[] {
    return this.told.map((each) => each.kind);
  }

  header(name: string, kind = "request_headers"): string | undefined {
    const lines = this.told.find((each) => each.kind === kind)?.headers ?? [];
    return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  }

  body(kind = "request_body"): Buffer {
    return Buffer.concat(this.told.flatMap((each) => (each.kind === kind ? [each.body!] : [])));
  }

  reply(message: object): void {
    this.call.write(replyBytes(message));
  }
}

/** What becomes of one message. Nothing is said unless it says something. */
export type AnswerMessage = (told: Told, stream: ProcessorStream) => void | Promise<void>;

/** Resolves when the processor is to say that it is well; never, if it is to be silent. */
export type AnswerCheck = () => Promise<void>;

/** CONTINUE, for whatever came. */
export const carryOn = (told: Told, stream: ProcessorStream): void => {
  if (!told.observability) stream.reply({ [told.kind]: {} });
};

/** An immediate answer of 403 to the first message of kind `kind`. */
export const refuseAt =
  (kind: string, more: object = {}): AnswerMessage =>
  (told, stream) =>
    told.kind === kind
      ? stream.reply({ immediate_response: { status: { code: 403 }, ...more } })
      : carryOn(told, stream);

export class Processor {
  readonly streams: ProcessorStream[] = [];
  #server = new Server();
  #port = 0;
  #answer: AnswerMessage = carryOn;
  #answerCheck: AnswerCheck = () => Promise.resolve();
  #ends = true;
  #reads = true;
  readonly #tls: boolean;

  private constructor(tls: boolean) {
    this.#tls = tls;
  }

  static async start(options: { readonly tls?: boolean } = {}): Promise<Processor> {
    const processor = new Processor(options.tls ?? false);
    await processor.listen();
    return processor;
  }

  get authority(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.#tls ? "https" : "http"}://${this.authority}`;
  }

  /** By default everything goes on. */
  answerWith(answer: AnswerMessage): void {
    this.#answer = answer;
  }

  /** How its health service answers: at once, unless a test says otherwise. */
  answerChecksWith(answer: AnswerCheck): void {
    this.#answerCheck = answer;
  }

  /** What it says is well, but it leaves its side of streams open. */
  neverEnds(): void {
    this.#ends = false;
  }

  /** It takes streams, and not a byte of what is sent on them beyond what its transport buffers. */
  readsNothing(): void {
    this.#reads = false;
  }

  reset(): void {
    this.streams.length = 0;
    this.#ends = true;
    this.#reads = true;
    this.#answer = carryOn;
    this.#answerCheck = () => Promise.resolve();
  }

  /** The stream of the request with this path, when it comes. */
  stream(path: string): Promise<ProcessorStream> {
    return eventually(`a stream about ${path}`, () =>
      this.streams.find((each) => each.header(":path") === path),
    );
  }

  get open(): ProcessorStream[] {
    return this.streams.filter((each) => !each.ended && !each.cancelled);
  }

  async listen(): Promise<void> {
    this.#server = new Server({
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
    this.#server.addService(
      { Process: PROCESS },
      { Process: (call: ServerDuplexStream<Buffer, Buffer>) => this.#serve(call) },
    );
    this.#server.addService(
      { Check: CHECK },
      { Check: (_: unknown, answer: sendUnaryData<Buffer>) => void this.#check(answer) },
    );
    this.#port = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync(`127.0.0.1:${this.#port}`, this.#credentials(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
  }

  /** From now on connections are refused; `listen` takes the same port again. */
  stop(): void {
    this.#server.forceShutdown();
  }

  #credentials(): ServerCredentials {
    if (!this.#tls) return ServerCredentials.createInsecure();
    const [cert_chain, private_key] = ["cert.pem", "key.pem"].map((file) =>
      readFileSync(join(CERTIFICATES, file)),
    ) as [Buffer, Buffer];
    return ServerCredentials.createSsl(null, [{ cert_chain, private_key }]);
  }

  async #check(answer: sendUnaryData<Buffer>): Promise<void> {
    await this.#answerCheck();
    answer(null, SERVING);
  }

  #serve(call: ServerDuplexStream<Buffer, Buffer>): void {
    const stream = new ProcessorStream(call);
    this.streams.push(stream);
    call.on("cancelled", () => (stream.cancelled = true));
    call.on("error", () => {});
    if (!this.#reads) return;
    call.on("data", (bytes: Buffer) => {
      const told = readTold(bytes);
      stream.bytes.push(bytes);
      stream.told.push(told);
      void this.#answer(told, stream);
    });
    call.on("end", () => {
      stream.ended = true;
      if (this.#ends) call.end();
    });
  }
}

/** Ends a stream with a status of gRPC; 0 is a clean end. */
export function closeWith(
  code: number,
  details = "because",
): (told: Told, stream: ProcessorStream) => void {
  return (_, stream) => {
    if (code === Number(status.OK)) stream.call.end();
    else stream.call.emit("error", { code, details });
  };
}
