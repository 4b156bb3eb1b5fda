/**
 * How does a test speak HTTP/1.1 exactly as it wants to: in any pieces, with any headers, ending as it likes? Nothing is
 * added but `host`, and what frames the body if the request says neither.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { within } from "./deadline.ts";
import { Http1Reader, header } from "./http1-reader.ts";
import type { Headers } from "./http1-reader.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  /** Bytes, or pieces: each is written by itself and, with `chunked`, is one chunk. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  readonly chunked?: boolean;
  readonly trailers?: Headers;
  /** Whether a `trailer` header names them: yes by default. */
  readonly announced?: boolean;
  /** The last chunk in its own packet (an empty end of stream), or together with the end mark. */
  readonly endApart?: boolean;
  readonly host?: string;
  readonly deadlineMs?: number;
}

export interface Response {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: Headers;
  header(name: string): string | undefined;
}

/** One request on a connection of its own. */
export async function request(target: Target, options: RequestOptions = {}): Promise<Response> {
  const connection = await Connection.open(target);
  const what = `answer to ${options.method ?? "GET"} ${options.path ?? "/"}`;
  const exchange = async (): Promise<Response> => {
    // An answer may come before the request has been written to its end.
    const answer = connection.readResponse(options.method);
    await Promise.race([connection.send(options), answer]);
    return answer;
  };
  try {
    return await within(what, exchange(), options.deadlineMs ?? 30_000);
  } finally {
    connection.abort();
  }
}

export class Connection {
  readonly socket: Socket;
  readonly #reader: Http1Reader;
  readonly #target: Target;
  /** Status lines of the 1xx answers that came. */
  readonly informational: number[] = [];

  private constructor(socket: Socket, target: Target) {
    this.socket = socket;
    this.#target = target;
    this.#reader = new Http1Reader(socket);
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect({ host: target.host, port: target.port, allowHalfOpen: true });
    socket.setNoDelay(true);
    const connection = new Connection(socket, target);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => {}); // told to whoever reads
    return connection;
  }

  /** Resolves when the socket has taken the bytes (it waits while the gateway does not read). */
  async write(bytes: string | Uint8Array): Promise<void> {
    const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    await new Promise<void>((resolve) => this.socket.write(data, () => resolve()));
  }

  /** Head of a request as it goes over the wire. */
  head(options: RequestOptions): string {
    const { method = "GET", path = "/", headers = [], host } = options;
    const all: (readonly [string, string])[] = [
      ["host", host ?? `${this.#target.host}:${this.#target.port}`],
      ...headers,
    ];
    const framing = framingOf(options);
    if (framing !== undefined && !headers.some(([name]) => name === framing[0])) all.push(framing);
    if (options.trailers !== undefined && options.announced !== false) {
      all.push(["trailer", options.trailers.map(([name]) => name).join(", ")]);
    }
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  }

  async send(options: RequestOptions): Promise<void> {
    const pieces = piecesOf(options.body);
    await this.write(this.head(options));
    if (!isChunked(options)) {
      for (const piece of pieces) await this.write(piece);
      return;
    }
    const end = `0\r\n${(options.trailers ?? []).map((each) => `${each.join(": ")}\r\n`).join("")}\r\n`;
    for (const [index, piece] of pieces.entries()) {
      const withEnd = !options.endApart && index === pieces.length - 1;
      await this.write(withEnd ? Buffer.concat([chunk(piece), Buffer.from(end)]) : chunk(piece));
    }
    if (options.endApart || pieces.length === 0) await this.write(end);
  }

  async readResponse(method = "GET"): Promise<Response> {
    for (;;) {
      const head = await this.#reader.readHead();
      const status = Number(head.startLine.split(" ")[1]);
      if (status >= 100 && status < 200 && status !== 101) {
        this.informational.push(status);
        continue;
      }
      const empty = method === "HEAD" || status === 204 || status === 304 || status === 101;
      const { body, trailers } = empty
        ? { body: Buffer.alloc(0), trailers: [] }
        : await this.#reader.readBody(head, true);
      const { headers } = head;
      const text = body.toString("utf8");
      return { status, headers, body, text, trailers, header: (name) => header(headers, name) };
    }
  }

  /** Bytes of answers that have come and were not read. */
  get unread(): number {
    return this.#reader.buffered;
  }

  get unreadBytes(): Buffer {
    return this.#reader.unread;
  }

  /** Resolves once the gateway has ended or cut the connection. */
  async closed(): Promise<void> {
    await within("the gateway closes the connection", this.#reader.closed());
  }

  /** No more will be written; answers are still read. */
  halfClose(): void {
    this.socket.end();
  }

  /** Gone at once, with a TCP reset where data is under way. */
  abort(): void {
    this.socket.resetAndDestroy();
  }
}

const isChunked = (options: RequestOptions): boolean =>
  options.chunked === true || options.trailers !== undefined;

function framingOf(options: RequestOptions): readonly [string, string] | undefined {
  if (isChunked(options)) return ["transfer-encoding", "chunked"];
  if (options.body === undefined) return undefined;
  const bytes = piecesOf(options.body).reduce((sum, piece) => sum + piece.length, 0);
  return ["content-length", String(bytes)];
}

function piecesOf(body: RequestOptions["body"]): readonly Uint8Array[] {
  if (body === undefined) return [];
  if (typeof body === "string") return [Buffer.from(body)];
  if (body instanceof Uint8Array) return body.length === 0 ? [] : [body];
  return body;
}

export function chunk(piece: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from("\r\n"),
  ]);
}

/** `body` in pieces of `size` bytes. */
export function pieces(body: Uint8Array, size: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += size) all.push(body.subarray(at, at + size));
  return all;
}
