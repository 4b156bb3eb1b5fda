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
import { ConnectionEnded, Http1Reader } from "../http1-reader.ts";
import type { Head } from "../http1-reader.ts";
import { decodeMessages } from "./messages.ts";
import { serialize } from "./replies.ts";
import { TestNode } from "./test-node.ts";
import type { Call } from "./test-node.ts";

export type { AnswerCall, Call } from "./test-node.ts";

/** Between two bytes of an answer that trickles. */
const TRICKLE_MS = 20;
const CERTIFICATES = join(import.meta.dirname, "../../fixtures/tls");

export class NodeStandIn extends TestNode {
  #server: Server;
  #port = 0;
  #order = 0;
  readonly #sockets = new Set<Socket>();
  readonly #tls: boolean;

  private constructor(tls: boolean) {
    super();
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

  override reset(): void {
    super.reset();
    this.#order = 0;
  }

  async listen(): Promise<void> {
    const address = { port: this.#port, host: "127.0.0.1", backlog: 4096 };
    await new Promise<void>((resolve) => this.#server.listen(address, resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

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
    (isProbe(call) ? this.probes : this.calls).push(call);
    return call;
  }

  async #reply(socket: Socket, call: Call): Promise<void> {
    const answer = isProbe(call) ? this.answerToProbes : this.answer;
    const reply = await answer(call.messages, call);
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

const isProbe = (call: Call): boolean => call.messages[0]?.type === "probe";

function readMessages(body: Buffer): Pick<Call, "messages" | "fault"> {
  try {
    return { messages: decodeMessages(body) };
  } catch (error) {
    return { messages: [], fault: (error as Error).message };
  }
}
