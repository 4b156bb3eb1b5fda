/**
 * A node under the test's thumb: it keeps every call with its messages, and answers each as the test says and when the test
 * says, in good form or bad. Not to be taken for host-sim's mock node, which judges by itself.
 */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../deadline.ts";
import { ConnectionEnded, Http1Reader } from "../http1-reader.ts";
import type { Head, Headers } from "../http1-reader.ts";
import { decodeMessages } from "./messages.ts";
import type { Message } from "./messages.ts";
import { pass, serialize } from "./replies.ts";
import type { Reply } from "./replies.ts";

export interface Call {
  /** Order of arrival, from 0. */
  readonly order: number;
  /** `performance.now()` at which its last byte had come. */
  readonly time: number;
  readonly requestLine: string;
  readonly headers: Headers;
  readonly messages: readonly Message[];
  /** What the contract forbids and was there. */
  readonly fault?: string;
  /** Set when the answer has been written, or nothing will be. */
  answered: boolean;
}

export type AnswerCall = (messages: readonly Message[], call: Call) => Reply | Promise<Reply>;

/** Between two bytes of an answer that trickles. */
const TRICKLE_MS = 20;
const CERTIFICATES = join(import.meta.dirname, "../../fixtures/tls");

export class NodeStandIn {
  readonly calls: Call[] = [];
  #answer: AnswerCall = pass;
  #server: Server;
  #port = 0;
  #order = 0;
  readonly #sockets = new Set<Socket>();
  readonly #tls: boolean;

  private constructor(tls: boolean) {
    this.#tls = tls;
    this.#server = this.#makeServer();
  }

  static async start(options: { readonly tls?: boolean } = {}): Promise<NodeStandIn> {
    const node = new NodeStandIn(options.tls ?? false);
    await node.listen();
    return node;
  }

  get url(): string {
    return `${this.#tls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  get authority(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get messages(): Message[] {
    return this.calls.flatMap((call) => call.messages);
  }

  /** Messages of requests and their later parts. */
  get requests(): Message[] {
    return this.messages.filter((each) => each.type !== "response");
  }

  get responses(): Message[] {
    return this.messages.filter((each) => each.type === "response");
  }

  /** Calls that wait for their answer. */
  get waiting(): Call[] {
    return this.calls.filter((call) => !call.answered);
  }

  /** By default everything passes. */
  answerWith(answer: AnswerCall): void {
    this.#answer = answer;
  }

  reset(): void {
    this.calls.length = 0;
    this.#order = 0;
    this.#answer = pass;
  }

  /** The request message whose path is `path`, when it comes. */
  async request(path: string): Promise<Message> {
    return eventually(`the node is asked about ${path}`, () =>
      this.requests.find((each) => each.path === path),
    );
  }

  /** All parts of one request, in order of part. */
  partsOf(id: string): Message[] {
    const parts = this.requests.filter((each) => each.id === id);
    return parts.sort((a, b) => a.part - b.part);
  }

  /** Response message of the request with this id, when it comes. */
  async responseTo(id: string): Promise<Message> {
    return eventually(`the node is told the response to ${id}`, () =>
      this.responses.find((each) => each.id === id),
    );
  }

  async listen(): Promise<void> {
    const address = { port: this.#port, host: "127.0.0.1", backlog: 4096 };
    await new Promise<void>((resolve) => this.#server.listen(address, resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** From now on connections are refused; `listen` takes the same port again. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = this.#makeServer();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #makeServer(): Server {
    const serve = (socket: Socket): void => void this.#serve(socket);
    if (!this.#tls) return createServer(serve);
    const [cert, key] = ["cert.pem", "key.pem"].map((f) => readFileSync(join(CERTIFICATES, f)));
    return createTlsServer({ cert, key }, serve);
  }

  async #serve(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const reader = new Http1Reader(socket);
    try {
      for (;;) {
        const head = await reader.readHead();
        const { body } = await reader.readBody(head, false);
        await this.#reply(socket, this.#record(head, body));
      }
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) throw error;
    }
  }

  #record(head: Head, body: Buffer): Call {
    const read = readMessages(body);
    const call: Call = {
      order: this.#order++,
      time: performance.now(),
      requestLine: head.startLine,
      headers: head.headers,
      answered: false,
      ...read,
    };
    this.calls.push(call);
    return call;
  }

  async #reply(socket: Socket, call: Call): Promise<void> {
    const reply = await this.#answer(call.messages, call);
    if (reply.kind === "http") socket.write(serialize(reply));
    if (reply.kind === "raw") {
      socket.write(reply.bytes, () => reply.reset && socket.resetAndDestroy());
    }
    if (reply.kind === "trickle") {
      socket.write(reply.atOnce);
      for (const byte of reply.rest) {
        if (socket.destroyed) break;
        socket.write(Buffer.of(byte));
        await sleep(TRICKLE_MS);
      }
    }
    call.answered = true;
  }
}

function readMessages(body: Buffer): Pick<Call, "messages" | "fault"> {
  try {
    return { messages: decodeMessages(body) };
  } catch (error) {
    return { messages: [], fault: (error as Error).message };
  }
}
