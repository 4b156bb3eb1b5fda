/**
 * What happens to one request on an HTTP/2 connection, and to its answer? Both bodies stream with flow control; a request
 * that fails tells why in Envoy's words.
 */
import { constants, type ClientHttp2Stream } from "node:http2";
import { HeaderMap } from "../envoy/header-map.ts";
import type { StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";
import type { Http2Connection } from "./http2-connection.ts";
import { connectionError } from "./upstream-failure.ts";
import { http2Fields, http2RequestHead } from "./http2-head.ts";

const EMPTY = new Uint8Array(0);
const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_REFUSED_STREAM } = constants;

export class Http2UpstreamStream implements UpstreamRequest {
  readonly #connection: Http2Connection;
  readonly #callbacks: UpstreamCallbacks;
  readonly #onClosed: (failure: StreamResetReason | undefined) => void;
  #stream: ClientHttp2Stream | undefined;
  #requestTrailers: HeaderMap | null = null;
  #answerTrailers: HeaderMap | null = null;
  #requestEnded = false;
  #answered = false;
  #answerEnded = false;
  #endMarked = false;
  #error: Error | null = null;
  #closed = false;
  #disabled = false;
  #blocked = false;

  constructor(
    connection: Http2Connection,
    callbacks: UpstreamCallbacks,
    onClosed: (failure: StreamResetReason | undefined) => void,
  ) {
    this.#connection = connection;
    this.#callbacks = callbacks;
    this.#onClosed = onClosed;
    connection.streams++;
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.#closed || this.#stream !== undefined) return;
    this.#requestEnded = endStream;
    try {
      const head = http2RequestHead(headers);
      const { session } = this.#connection;
      this.#stream = session.request(head, { endStream, waitForTrailers: !endStream });
    } catch (error) {
      // A header that HTTP/2 does not have, such as a line break that a filter put into a value.
      queueMicrotask(() => this.#fail("protocol error", (error as Error).message));
      return;
    }
    this.#listen(this.#stream);
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    if (this.#closed || this.#requestEnded) return;
    if (data.length > 0 && this.#stream?.write(data) === false) this.#setBlocked(true);
    if (endStream) this.#end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.#closed || this.#requestEnded) return;
    this.#requestTrailers = trailers;
    this.#end();
  }

  resetStream(): void {
    this.#finish(undefined);
    this.#stream?.close(NGHTTP2_CANCEL);
  }

  readDisable(disable: boolean): void {
    this.#disabled = disable;
    if (disable) this.#stream?.pause();
    else if (this.#answered) this.#stream?.resume();
  }

  #end(): void {
    this.#requestEnded = true;
    this.#stream?.end();
  }

  #listen(stream: ClientHttp2Stream): void {
    // The third argument, the headers as they came, is not in Node.js's documentation nor its types, but in all versions.
    stream.on("response", (_headers, flags, ...[raw]: unknown[]) =>
      this.#onHeaders(flags, http2Fields(raw as string[])),
    );
    stream.on("trailers", (_headers, _flags, ...[raw]: unknown[]) => {
      this.#answerTrailers = http2Fields(raw as string[]);
    });
    stream.on("end", () => this.#onEnd());
    stream.on("wantTrailers", () =>
      stream.sendTrailers(Object.fromEntries(this.#requestTrailers ?? [])),
    );
    stream.on("drain", () => this.#setBlocked(false));
    stream.on("error", (error: Error) => (this.#error = error)); // "close" follows, and tells
    watchEnd(stream, () => (this.#endMarked = true));
    stream.on("close", () => this.#onClose(stream.rstCode));
  }

  #onHeaders(flags: number, headers: HeaderMap): void {
    const stream = this.#stream;
    if (this.#closed || stream === undefined) return;
    this.#answered = true;
    const endStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    this.#answerEnded = endStream;
    stream.on("data", (chunk: Buffer) => {
      if (!this.#closed) this.#callbacks.decodeData(chunk, false);
    });
    if (endStream) this.#finish(undefined);
    else if (this.#disabled) stream.pause();
    this.#callbacks.decodeHeaders(headers, endStream);
  }

  #onEnd(): void {
    if (!this.#answered || !this.#endMarked || this.#answerEnded || this.#closed) return;
    this.#answerEnded = true;
    this.#finish(undefined);
    if (this.#answerTrailers !== null) this.#callbacks.decodeTrailers(this.#answerTrailers);
    else this.#callbacks.decodeData(EMPTY, true);
  }

  #onClose(rstCode: number): void {
    this.#onEnd();
    const { connected, session } = this.#connection;
    const error = this.#connection.error ?? this.#error;
    if (!connected) this.#fail("connection failure", error === null ? "" : connectionError(error));
    else if (error !== null && isProtocolError(error)) this.#fail("protocol error", "");
    else if (session.destroyed) this.#fail("connection termination", "");
    else if (rstCode === NGHTTP2_REFUSED_STREAM) this.#fail("remote refused stream reset", "");
    else this.#fail("remote reset", "");
  }

  /** Told once for each change: whoever listens may count. */
  #setBlocked(blocked: boolean): void {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.#callbacks.onUpstreamBlocked(blocked);
  }

  #fail(reason: StreamResetReason, details: string): void {
    if (this.#finish(reason)) this.#callbacks.onResetStream(reason, details);
  }

  /** True the first time. */
  #finish(failure: StreamResetReason | undefined): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#connection.streams--;
    this.#setBlocked(false);
    this.#onClosed(failure);
    return true;
  }
}

/**
 * Node.js forgets to tell an end of stream if a reset comes right behind it, as some servers send it. But it marks the end in
 * the readable side at once, before the stream counts as closed; when a stream is closed or destroyed it does so too.
 */
function watchEnd(stream: ClientHttp2Stream, onMarked: () => void): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null && !stream.closed && !stream.destroyed) onMarked();
    return push(chunk, encoding);
  };
}

/** nghttp2 found that the peer does not speak HTTP/2. */
function isProtocolError(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_HTTP2_ERROR";
}
