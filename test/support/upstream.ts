/**
 * What reached the API, and when? A server that counts every byte at its sockets, so that "nothing before the verdict" can
 * be proved, and keeps each request; what it answers is the test's choice.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { eventually } from "./deadline.ts";
import type { Headers } from "./http1-reader.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  /** Bytes of the body so far; `complete` once its end has come. */
  bodyBytes: number;
  complete: boolean;
  aborted: boolean;
  /** SHA-256 of the body, once it is complete. */
  hash: string;
  /** The body, as far as it is within the first 64 KiB. */
  start: Buffer;
  trailers: Headers;
}

export type Answer = (
  response: ServerResponse,
  seen: SeenRequest,
  request: IncomingMessage,
) => void | Promise<void>;

const KEEP_BYTES = 65_536;

export class Upstream {
  readonly requests: SeenRequest[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #bytesOfClosed = 0;
  #answer: Answer = answerOk;
  #answerBeforeBody = false;
  #takesUpgrades = true;

  private constructor() {
    // How large heads may be is the gateway's affair, and so is how long a request may take.
    const limits = { maxHeaderSize: 262_144, requestTimeout: 0, keepAliveTimeout: 0 };
    this.#server = createServer(limits, (request, response) => this.#onRequest(request, response));
    this.#server.maxHeadersCount = 0;
    this.#server.on("connection", (socket: Socket) => this.#count(socket));
    this.#server.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on("connect", (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    const address = { port: 0, host: "127.0.0.1", backlog: 4096 };
    await new Promise<void>((resolve) => upstream.#server.listen(address, resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes that have come at the sockets, heads and framing included. */
  get bytes(): number {
    let sum = this.#bytesOfClosed;
    for (const socket of this.#sockets) sum += socket.bytesRead;
    return sum;
  }

  get last(): SeenRequest | undefined {
    return this.requests.at(-1);
  }

  /** By default 200 with a short text, once the body is complete. */
  answerWith(answer: Answer, when: "after the body" | "on the headers" = "after the body"): void {
    this.#answer = answer;
    this.#answerBeforeBody = when === "on the headers";
  }

  /** Leaves offers of another protocol unanswered. */
  ignoreUpgrades(): void {
    this.#takesUpgrades = false;
  }

  /** Forgets what was seen; open connections stay. */
  reset(): void {
    this.requests.length = 0;
    this.answerWith(answerOk);
    this.#takesUpgrades = true;
  }

  find(path: string): SeenRequest | undefined {
    return this.requests.find((each) => each.path === path);
  }

  async complete(path: string): Promise<SeenRequest> {
    return eventually(`the upstream has all of ${path}`, () => {
      const seen = this.find(path);
      return seen?.complete ? seen : undefined;
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #count(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#bytesOfClosed += socket.bytesRead;
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const seen = this.#see(request);
    const hash = createHash("sha256");
    const isEarly = this.#answerBeforeBody;
    if (isEarly) void this.#answer(response, seen, request);
    request.on("data", (data: Buffer) => {
      hash.update(data);
      if (seen.start.length < KEEP_BYTES) seen.start = Buffer.concat([seen.start, data]);
      seen.bodyBytes += data.length;
    });
    request.on("end", () => {
      seen.hash = hash.digest("hex");
      seen.trailers = pairs(request.rawTrailers);
      seen.complete = true;
      if (!isEarly) void this.#answer(response, seen, request);
    });
    request.on("error", () => (seen.aborted = true));
    response.on("error", () => {});
  }

  /** An upgraded connection gives back what it gets. */
  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const seen = this.#see(request);
    seen.start = head;
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => (seen.start = Buffer.concat([seen.start, data])));
    if (!this.#takesUpgrades) return;
    const protocol = request.headers.upgrade;
    const upgrade = protocol === undefined ? "" : `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
    const status = protocol === undefined ? "200 OK" : "101 Switching Protocols";
    socket.write(`HTTP/1.1 ${status}\r\n${upgrade}\r\n`);
    socket.write(head);
    socket.pipe(socket);
  }

  #see(request: IncomingMessage): SeenRequest {
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: pairs(request.rawHeaders),
      bodyBytes: 0,
      complete: false,
      aborted: false,
      hash: "",
      start: Buffer.alloc(0),
      trailers: [],
    };
    this.requests.push(seen);
    return seen;
  }
}

const answerOk: Answer = (response) => {
  response.setHeader("content-type", "text/plain");
  response.end("hello from the API");
};

function pairs(raw: readonly string[]): Headers {
  const all: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) all.push([raw[i]!.toLowerCase(), raw[i + 1]!]);
  return all;
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
