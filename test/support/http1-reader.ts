/** How is an HTTP/1 message read from a socket, byte for byte, with nothing repaired on the way? */
import type { Socket } from "node:net";

/** One char a byte: header values need not be UTF-8. */
export type Headers = readonly (readonly [name: string, value: string])[];

export interface Head {
  readonly startLine: string;
  readonly headers: Headers;
}

export interface Body {
  readonly body: Buffer;
  readonly trailers: Headers;
}

/** The peer ended or cut the connection where something was still to come. */
export class ConnectionEnded extends Error {}

export class Http1Reader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #ended: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      this.#wake?.();
    });
    const end = (reason: string) => () => {
      this.#ended ??= new ConnectionEnded(reason);
      this.#wake?.();
    };
    socket.on("end", end("connection ended by the peer"));
    socket.on("close", end("connection closed"));
    socket.on("error", (error) => end(`connection failed: ${error.message}`)());
  }

  /** Resolves once the peer has ended or cut the connection; what is left unread is thrown away. */
  async closed(): Promise<void> {
    while (this.#ended === undefined) await this.#more();
  }

  /** Bytes that have come and nobody has read. */
  get buffered(): number {
    return this.#buffered;
  }

  get unread(): Buffer {
    return this.#join();
  }

  /** Resolves once so many bytes are there to be read. */
  async has(count: number): Promise<void> {
    while (this.#buffered < count) await this.#more();
  }

  async readHead(): Promise<Head> {
    const text = (await this.#readThrough("\r\n\r\n")).toString("latin1");
    const [startLine = "", ...lines] = text.slice(0, -4).split("\r\n");
    return { startLine, headers: lines.map(headerOfLine) };
  }

  /** The body that `head` announces; `untilEnd`: one without any length ends with the connection. */
  async readBody(head: Head, untilEnd: boolean): Promise<Body> {
    if (header(head.headers, "transfer-encoding")?.toLowerCase() === "chunked") {
      return this.#readChunked();
    }
    const length = header(head.headers, "content-length");
    if (length !== undefined) return { body: await this.#read(Number(length)), trailers: [] };
    if (!untilEnd) return { body: Buffer.alloc(0), trailers: [] };
    await this.closed();
    return { body: await this.#read(this.#buffered), trailers: [] };
  }

  async #readChunked(): Promise<Body> {
    const parts: Buffer[] = [];
    for (;;) {
      const size = parseInt((await this.#readThrough("\r\n")).toString("latin1"), 16);
      if (size === 0) break;
      parts.push(await this.#read(size));
      await this.#read(2);
    }
    const trailers: (readonly [string, string])[] = [];
    for (;;) {
      const line = (await this.#readThrough("\r\n")).toString("latin1").slice(0, -2);
      if (line === "") return { body: Buffer.concat(parts), trailers };
      trailers.push(headerOfLine(line));
    }
  }

  async #readThrough(mark: string): Promise<Buffer> {
    for (;;) {
      const all = this.#join();
      const at = all.indexOf(mark);
      if (at >= 0) return this.#take(at + mark.length);
      await this.#more();
    }
  }

  async #read(count: number): Promise<Buffer> {
    await this.has(count);
    return this.#take(count);
  }

  #take(count: number): Buffer {
    const all = this.#join();
    this.#chunks = [all.subarray(count)];
    this.#buffered -= count;
    return all.subarray(0, count);
  }

  #join(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  async #more(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}

function headerOfLine(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

export const header = (headers: Headers, name: string): string | undefined =>
  headers.find(([each]) => each === name)?.[1];

export const headerValues = (headers: Headers, name: string): string[] =>
  headers.filter(([each]) => each === name).map(([, value]) => value);
