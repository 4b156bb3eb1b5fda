/**
 * How does one HTTP/1 request get from its client to the filters, and the answer back? Nothing is gathered here: bytes go on
 * as they come, and whoever can't take more stops the other side.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "../envoy/header-map.ts";
import type { ConnectionInfo, DownstreamCallbacks, StreamDecoder } from "../envoy/http.ts";
import { flushHead } from "./flush-head.ts";
import type { ListenerStats } from "./listener-stats.ts";
import { MAX_HEADERS, type AcceptedRequest } from "./request-intake.ts";
import { finishResponse, refusalText } from "./response-finish.ts";

/** Makes the filters of one stream. */
export type StreamFactory = (
  callbacks: DownstreamCallbacks,
  connection: ConnectionInfo,
) => StreamDecoder;

export interface StreamSurroundings {
  readonly createStream: StreamFactory;
  readonly connection: ConnectionInfo;
  readonly stats: ListenerStats;
  /** The gateway is on its way out: tell clients not to come back on this connection. */
  readonly draining: () => boolean;
}

const EMPTY = new Uint8Array(0);

export class DownstreamStream implements DownstreamCallbacks {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #surroundings: StreamSurroundings;
  readonly #decoder: StreamDecoder;
  #requestEnded: boolean;
  #responseEnded = false;
  #gone = false;
  #blocked = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    accepted: AcceptedRequest,
    surroundings: StreamSurroundings,
  ) {
    this.#request = request;
    this.#response = response;
    this.#surroundings = surroundings;
    this.#requestEnded = accepted.endStream;
    this.#decoder = surroundings.createStream(this, surroundings.connection);
    response.on("close", () => this.#onClose());
    response.on("error", () => undefined); // "close" follows
    response.on("drain", () => this.#setBlocked(false));
    this.#decoder.decodeHeaders(accepted.headers, accepted.endStream);
    this.#readBody(accepted.endStream);
  }

  #readBody(endStream: boolean): void {
    this.#request.on("error", () => undefined); // "close" of the response follows
    if (endStream) return void this.#request.resume();
    // Listening for data lets it flow, unless a filter asked for a pause already.
    const paused = this.#request.isPaused();
    this.#request.on("data", (chunk: Buffer) => {
      if (!this.#over) this.#decoder.decodeData(chunk, false);
    });
    this.#request.on("end", () => this.#onRequestEnd());
    if (paused) this.#request.pause();
  }

  #onRequestEnd(): void {
    this.#requestEnded = true;
    if (this.#over) return;
    const raw = this.#request.rawTrailers;
    if (raw.length > 2 * MAX_HEADERS) return this.#refuse(431);
    if (raw.length === 0) return this.#decoder.decodeData(EMPTY, true);
    const trailers = new HeaderMap();
    for (let i = 0; i + 1 < raw.length; i += 2) trailers.add(raw[i]!, raw[i + 1]!);
    this.#decoder.decodeTrailers(trailers);
  }

  /** As Envoy's codec: the filters see a client that has gone. */
  #refuse(status: number): void {
    const { socket } = this.#request;
    if (!this.#response.headersSent) socket.write(refusalText(status, true));
    this.#onClose();
    socket.destroySoon();
  }

  get #over(): boolean {
    return this.#gone || this.#responseEnded;
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.#over || this.#response.headersSent) return;
    const { status, reason, fields } = finishResponse(headers, {
      endStream,
      method: this.#request.method ?? "GET",
      httpVersion: this.#request.httpVersion,
      close: this.#mustClose(),
      tunnel: false,
    });
    this.#surroundings.stats.countStatus(status);
    this.#response.sendDate = false;
    this.#response.removeHeader("connection"); // node's own; Envoy sends none
    try {
      this.#response.writeHead(status, reason, fields);
    } catch {
      return this.resetStream(); // a value that can't be written, such as one with a line break
    }
    if (endStream) this.#end();
    else flushHead(this.#response);
  }

  /** As Envoy: who is answered before the request is whole can't use the connection for another one. */
  #mustClose(): boolean {
    if (!this.#requestEnded || this.#surroundings.draining()) return true;
    return /\bclose\b/i.test(this.#request.headers.connection ?? "");
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    if (this.#over) return;
    if (data.length > 0 && !this.#response.write(data)) this.#setBlocked(true);
    if (endStream) this.#end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.#over) return;
    try {
      this.#response.addTrailers([...trailers]);
    } catch {
      return this.resetStream();
    }
    this.#end();
  }

  /** Told once for each change: filters count. */
  #setBlocked(blocked: boolean): void {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.#decoder.setDownstreamBlocked(blocked);
  }

  resetStream(): void {
    if (this.#gone) return;
    this.#gone = true;
    // What was written before still goes out, as from Envoy.
    this.#request.socket.end(() => this.#request.socket.destroy());
  }

  onAboveHighWatermark(): void {
    this.#request.pause();
  }

  onBelowLowWatermark(): void {
    this.#request.resume();
  }

  #end(): void {
    this.#responseEnded = true;
    this.#response.end();
    this.#request.resume(); // what still comes is thrown away
  }

  #onClose(): void {
    if (this.#over) return;
    this.#gone = true;
    this.#surroundings.stats.downstream_rq_rx_reset++;
    this.#decoder.onDownstreamReset();
  }
}
