/**
 * How does a peer of the gateway serve HTTP/1.1 for less than the gateway pays to ask it? On raw sockets, with answers that
 * are ready bytes: of a request only its length is read. (Node's own server costs some five times as much.)
 */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** `head` is Latin-1, `body` undefined where it was not kept. What it returns is written as it is. */
export type Answer = (head: string, body: Buffer | undefined, size: number) => Buffer;

export function serveHttp1(answer: Answer, keepsBodies: boolean): Server {
  return createServer((socket) => {
    const connection = new Http1Connection(socket, answer, keepsBodies);
    socket.setNoDelay(true);
    socket.on("data", (chunk) => connection.take(chunk));
    socket.on("error", () => socket.destroy());
  });
}

const LINE_END = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/** What the next bytes of a connection are. */
type Expects = "head" | "body" | "chunk size" | "chunk" | "chunk end" | "trailers end";

class Http1Connection {
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #keepsBodies: boolean;
  #rest: Buffer | undefined;
  #expects: Expects = "head";
  #head = "";
  #size = 0;
  /** Of a body or a chunk. */
  #missing = 0;
  #body: Buffer[] = [];

  constructor(socket: Socket, answer: Answer, keepsBodies: boolean) {
    this.#socket = socket;
    this.#answer = answer;
    this.#keepsBodies = keepsBodies;
  }

  take(chunk: Buffer): void {
    let data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    while (data.length > 0) {
      const used = this.#step(data);
      if (used === 0) {
        this.#rest = data;
        return;
      }
      data = data.subarray(used);
    }
  }

  /** How many bytes were used up; 0: more are needed. */
  #step(data: Buffer): number {
    if (this.#expects === "body" || this.#expects === "chunk") return this.#content(data);
    const mark = this.#expects === "head" ? HEAD_END : LINE_END;
    const end = data.indexOf(mark);
    if (end < 0) return 0;
    this.#line(data.toString("latin1", 0, end));
    return end + mark.length;
  }

  #content(data: Buffer): number {
    const part = data.length <= this.#missing ? data : data.subarray(0, this.#missing);
    if (this.#keepsBodies) this.#body.push(part);
    this.#missing -= part.length;
    if (this.#missing === 0) {
      if (this.#expects === "chunk") this.#expects = "chunk end";
      else this.#end();
    }
    return part.length;
  }

  #line(line: string): void {
    if (this.#expects === "head") this.#begin(line);
    else if (this.#expects === "chunk end") this.#expects = "chunk size";
    else if (this.#expects === "trailers end") this.#end();
    else {
      this.#missing = parseInt(line, 16);
      this.#size += this.#missing;
      this.#expects = this.#missing > 0 ? "chunk" : "trailers end";
    }
  }

  #begin(head: string): void {
    this.#head = head;
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#missing = Number(length ?? 0);
    this.#size = this.#missing;
    if (/\ntransfer-encoding: *chunked/i.test(head)) this.#expects = "chunk size";
    else if (this.#missing > 0) this.#expects = "body";
    else this.#end();
  }

  #end(): void {
    const body = this.#body.length === 1 ? this.#body[0] : Buffer.concat(this.#body);
    this.#body = [];
    this.#expects = "head";
    this.#socket.write(this.#answer(this.#head, this.#keepsBodies ? body : undefined, this.#size));
  }
}

/** An answer as bytes. */
export function httpAnswer(body: Buffer, headers: readonly string[] = []): Buffer {
  const head = ["HTTP/1.1 200 OK", ...headers, `content-length: ${body.length}`, "", ""];
  return Buffer.concat([Buffer.from(head.join("\r\n")), body]);
}
