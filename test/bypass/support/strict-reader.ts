/**
 * What does an API read from its connection, if it forgives nothing? One parser a connection: requests come out as they
 * come in, whole or broken off, and whatever two servers could read in two ways is a fault.
 */
import type { Headers } from "../../support/http1-reader.ts";

/** All texts: one char a byte. */
export interface ReadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  body: Buffer;
  trailers: Headers;
  complete: boolean;
}

type State = "head" | "sized" | "chunk size" | "chunk" | "trailers" | "tunnel";

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\xff]+) HTTP/1\\.1$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^]*?)[ \\t]*$`);

export class StrictReader {
  readonly requests: ReadRequest[] = [];
  /** What was ambiguous or malformed; nothing is read behind it. */
  fault: string | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #state: State = "head";
  #left = 0;
  readonly #onRequest: (request: ReadRequest) => void;
  readonly #onTunnel: (request: ReadRequest) => void;

  constructor(onRequest: (request: ReadRequest) => void, onTunnel: (request: ReadRequest) => void) {
    this.#onRequest = onRequest;
    this.#onTunnel = onTunnel;
  }

  feed(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    while (this.fault === undefined && this.#step());
  }

  get #current(): ReadRequest {
    return this.requests.at(-1);
  }

  /** False: more bytes are needed. */
  #step(): boolean {
    if (this.#state === "head") return this.#head();
    if (this.#state === "chunk size") return this.#chunkSize();
    if (this.#state === "trailers") return this.#trailers();
    return this.#data();
  }

  #head(): boolean {
    const text = this.#through("\r\n\r\n");
    if (text === undefined) return false;
    const [start = "", ...lines] = text.split("\r\n");
    const [, method, path] = REQUEST_LINE.exec(start) ?? [];
    if (method === undefined || path === undefined) return this.#fail(`request line ${start}`);
    const headers = this.#fields(lines);
    if (headers === undefined) return false;
    const request = { method, path, headers, body: Buffer.alloc(0), trailers: [], complete: false };
    this.requests.push(request);
    return this.#frame(request);
  }

  #frame(request: ReadRequest): boolean {
    const values = (wanted: string): string[] =>
      request.headers.flatMap(([name, value]) => (name === wanted ? [value] : []));
    const [lengths, codings] = [values("content-length"), values("transfer-encoding")];
    if (values("host").length !== 1) return this.#fail(`${values("host").length} hosts`);
    if (lengths.length + codings.length > 1) return this.#fail("framed twice");
    if (codings[0] !== undefined && codings[0] !== "chunked") return this.#fail(codings[0]);
    if (lengths[0] !== undefined && !/^\d+$/.test(lengths[0])) return this.#fail(lengths[0]);
    if (request.method === "CONNECT" || values("upgrade").length > 0) {
      this.#state = "tunnel";
      this.#onTunnel(request);
      return true;
    }
    this.#left = Number(lengths[0] ?? 0);
    this.#state = codings.length > 0 ? "chunk size" : "sized";
    return this.#state === "chunk size" || this.#left > 0 || this.#end();
  }

  #data(): boolean {
    if (this.#buffer.length === 0) return false;
    const wanted = this.#state === "tunnel" ? Infinity : this.#left;
    const taken = this.#buffer.subarray(0, wanted);
    this.#current.body = Buffer.concat([this.#current.body, taken]);
    this.#buffer = this.#buffer.subarray(taken.length);
    if (this.#state === "tunnel") return false;
    this.#left -= taken.length;
    if (this.#left > 0) return false;
    if (this.#state === "sized") return this.#end();
    return this.#chunkEnd();
  }

  #chunkEnd(): boolean {
    this.#state = "chunk";
    if (this.#buffer.length < 2) return false;
    if (this.#buffer.toString("latin1", 0, 2) !== "\r\n") return this.#fail("end of chunk");
    this.#buffer = this.#buffer.subarray(2);
    this.#state = "chunk size";
    return true;
  }

  #chunkSize(): boolean {
    const line = this.#through("\r\n");
    if (line === undefined) return false;
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) return this.#fail(`size of chunk ${line}`);
    this.#left = parseInt(line, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
    return true;
  }

  #trailers(): boolean {
    const line = this.#through("\r\n");
    if (line === undefined) return false;
    if (line === "") return this.#end();
    const fields = this.#fields([line]);
    this.#current.trailers = [...this.#current.trailers, ...(fields ?? [])];
    return fields !== undefined;
  }

  #fields(lines: readonly string[]): Headers | undefined {
    const fields: (readonly [string, string])[] = [];
    for (const line of lines) {
      const [, name, value] = FIELD_LINE.exec(line) ?? [];
      if (name === undefined || value === undefined || /[\r\n\0]/.test(line)) {
        this.#fail(`field ${line}`);
        return undefined;
      }
      fields.push([name.toLowerCase(), value]);
    }
    return fields;
  }

  #end(): boolean {
    this.#state = "head";
    this.#current.complete = true;
    this.#onRequest(this.#current);
    return true;
  }

  #fail(fault: string): false {
    this.fault = fault;
    return false;
  }

  #through(mark: string): string | undefined {
    const at = this.#buffer.indexOf(mark);
    if (at < 0) return undefined;
    const text = this.#buffer.toString("latin1", 0, at);
    this.#buffer = this.#buffer.subarray(at + mark.length);
    return text;
  }
}
