/**
 * What happens to a request that asks for a tunnel (an upgrade, or CONNECT)? Filters judge its head; once the upstream agrees,
 * bytes go both ways as they come. A refusal is an ordinary answer, after which the connection is closed.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HeaderMap } from "../envoy/header-map.ts";
import type { DownstreamCallbacks, StreamDecoder } from "../envoy/http.ts";
import type { StreamSurroundings } from "./downstream-stream.ts";
import type { AcceptedRequest } from "./request-intake.ts";
import { finishResponse } from "./response-finish.ts";

const EMPTY = new Uint8Array(0);

export class TunnelStream implements DownstreamCallbacks {
  readonly #request: IncomingMessage;
  readonly #socket: Socket;
  readonly #surroundings: StreamSurroundings;
  readonly #decoder: StreamDecoder;
  #answered = false;
  #answerEnded = false;
  #gone = false;
  #blocked = false;

  constructor(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    accepted: AcceptedRequest,
    surroundings: StreamSurroundings,
  ) {
    this.#request = request;
    this.#socket = socket;
    this.#surroundings = surroundings;
    this.#decoder = surroundings.createStream(this, surroundings.connection);
    socket.on("close", () => this.#onClose());
    socket.on("drain", () => this.#setBlocked(false));
    this.#decoder.decodeHeaders(accepted.headers, false);
    // Envoy hands on what came with the head of a tunnel, also if that is nothing.
    this.#onData(head);
    const paused = socket.isPaused();
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => this.#onData(EMPTY, true));
    if (paused) socket.pause();
    else socket.resume();
  }

  #onData(chunk: Uint8Array, endStream = false): void {
    if (!this.#gone && !this.#answerEnded) this.#decoder.decodeData(chunk, endStream);
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.#gone || this.#answered) return;
    this.#answered = true;
    const status = Number(headers.get(":status"));
    const agreed =
      this.#request.method === "CONNECT" ? status >= 200 && status < 300 : status === 101;
    const { reason, fields } = finishResponse(headers, {
      endStream,
      method: this.#request.method ?? "GET",
      httpVersion: "1.0", // the end of the connection is the end of the body
      close: true,
      tunnel: agreed,
    });
    this.#surroundings.stats.countStatus(status);
    let text = `HTTP/1.1 ${status} ${reason}\r\n`;
    for (let i = 0; i + 1 < fields.length; i += 2) text += `${fields[i]!}: ${fields[i + 1]!}\r\n`;
    this.#socket.write(Buffer.from(`${text}\r\n`, "latin1"));
    if (endStream) this.#end();
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    if (this.#gone || this.#answerEnded) return;
    if (data.length > 0 && !this.#socket.write(data)) this.#setBlocked(true);
    if (endStream) this.#end();
  }

  encodeTrailers(): void {
    this.#end(); // a tunnel has none
  }

  /** Told once for each change: filters count. */
  #setBlocked(blocked: boolean): void {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.#decoder.setDownstreamBlocked(blocked);
  }

  resetStream(): void {
    this.#gone = true;
    this.#socket.end(() => this.#socket.destroy());
  }

  onAboveHighWatermark(): void {
    this.#socket.pause();
  }

  onBelowLowWatermark(): void {
    this.#socket.resume();
  }

  #end(): void {
    if (this.#answerEnded) return;
    this.#answerEnded = true;
    this.#socket.end(() => this.#socket.destroySoon());
    this.#socket.resume();
  }

  #onClose(): void {
    if (this.#gone || this.#answerEnded) return;
    this.#gone = true;
    this.#surroundings.stats.downstream_rq_rx_reset++;
    this.#decoder.onDownstreamReset();
  }
}
