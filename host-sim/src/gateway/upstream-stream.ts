/**
 * What happens to one request on its way to an upstream and back? Streams both bodies through node:http, passes on
 * back-pressure, and tells why a request failed in Envoy's words.
 */
import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { HeaderMap } from "../envoy/header-map.ts";
import type { StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";
import { flushHead } from "./flush-head.ts";
import { answerHead, requestHead, type RequestHead } from "./upstream-head.ts";
import type { UpstreamAddress } from "./upstream-address.ts";
import { connectionError, resetReason } from "./upstream-failure.ts";

export interface UpstreamTarget extends UpstreamAddress {
  readonly address: string; // the resolved one
  readonly agent: Agent;
}

const EMPTY = new Uint8Array(0);

interface RawRequest {
  chunkedEncoding: boolean;
  _storeHeader(line: string, lines: string[]): void;
}

/**
 * node:http joins repeated cookies, and puts repeats of a name together; Envoy does neither. Only its own way of writing the
 * head keeps them where they are, which it takes itself for headers that are given as one list.
 */
function writeInOrder(request: ClientRequest, fields: RequestHead["fields"]): void {
  const lines = fields.flat();
  const raw = request as unknown as RawRequest;
  // It would throw at `trailer` without chunks, which a client may well send, and Envoy passes on.
  const isChunked = fields.some(([name]) => name === "transfer-encoding");
  raw.chunkedEncoding = true;
  raw._storeHeader(`${request.method} ${request.path} HTTP/1.1\r\n`, lines);
  raw.chunkedEncoding = isChunked;
}

export class UpstreamStream implements UpstreamRequest {
  readonly #target: UpstreamTarget;
  readonly #callbacks: UpstreamCallbacks;
  readonly #onClosed: (failure: StreamResetReason | undefined) => void;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #tunnel: Socket | undefined; // after a 101, or a 2xx to CONNECT
  #early: Uint8Array[] | undefined; // what the client sends before the upstream agreed to the upgrade
  #connected = false;
  #requestEnded = false;
  #closed = false;
  #disabled = false;
  #blocked = false;

  constructor(
    target: UpstreamTarget,
    callbacks: UpstreamCallbacks,
    onClosed: (failure: StreamResetReason | undefined) => void,
  ) {
    this.#target = target;
    this.#callbacks = callbacks;
    this.#onClosed = onClosed;
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.#closed || this.#request !== undefined) return;
    const { method, path, upgrade, fields } = requestHead(headers, endStream);
    const { tls, host, port, address, agent } = this.#target;
    try {
      const send = tls ? httpsRequest : httpRequest;
      // Host names other than addresses go into SNI; the connection itself is made to the resolved address.
      const sni = tls ? { servername: address === host ? "" : host } : {};
      const request = send({ agent, host: address, port, method, path, setHost: false, ...sni });
      this.#request = request;
      this.#listen(request);
      request.removeHeader("connection"); // node's own; Envoy sends none
      const names = new Set(fields.map(([name]) => name));
      if (names.size < fields.length || names.has("trailer")) writeInOrder(request, fields);
      else for (const [name, value] of fields) request.setHeader(name, value);
    } catch (error) {
      // A field that can't be written, such as a line break that a filter put into a value.
      queueMicrotask(() => this.#fail("protocol error", (error as Error).message));
      return;
    }
    if (upgrade) this.#early = [];
    if (endStream) this.#end();
    else flushHead(this.#request);
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    if (this.#closed || this.#requestEnded) return;
    if (this.#early !== undefined) this.#early.push(data);
    else if (data.length > 0) this.#write(data);
    if (endStream) this.#end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.#closed || this.#requestEnded) return;
    // node:http drops them by itself when the body has a content-length, as Envoy does.
    try {
      this.#request?.addTrailers([...trailers]);
    } catch (error) {
      this.#request?.destroy();
      queueMicrotask(() => this.#fail("protocol error", (error as Error).message));
      return;
    }
    this.#end();
  }

  resetStream(): void {
    this.#finish(undefined);
    this.#request?.destroy();
    this.#tunnel?.destroy();
  }

  readDisable(disable: boolean): void {
    this.#disabled = disable;
    const source = this.#tunnel ?? this.#response;
    if (disable) source?.pause();
    else source?.resume();
  }

  #write(data: Uint8Array): void {
    const sink = this.#tunnel ?? this.#request;
    if (sink !== undefined && !sink.write(data)) this.#setBlocked(true);
  }

  #end(): void {
    this.#requestEnded = true;
    if (this.#early === undefined) (this.#tunnel ?? this.#request)?.end();
  }

  #listen(request: ClientRequest): void {
    request.on("socket", (socket) => this.#watchConnect(socket));
    request.on("drain", () => this.#setBlocked(false));
    request.on("response", (response) => this.#onResponse(response));
    request.on("upgrade", (response, socket, head) => this.#onTunnel(response, socket, head));
    request.on("connect", (response, socket, head) => this.#onTunnel(response, socket, head));
    request.on("error", (error) => this.#onError(error));
    request.on("close", () => this.#onRequestClosed());
  }

  #watchConnect(socket: Socket): void {
    const ready = this.#target.tls ? "secureConnect" : "connect";
    if (this.#request?.reusedSocket === true) this.#connected = true;
    else socket.once(ready, () => (this.#connected = true));
  }

  /** Told once for each change: whoever listens may count. */
  #setBlocked(blocked: boolean): void {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.#callbacks.onUpstreamBlocked(blocked);
  }

  #onResponse(response: IncomingMessage): void {
    if (this.#closed) return void response.destroy();
    this.#early = undefined;
    this.#response = response;
    const { headers, bodyless } = answerHead(response, this.#request?.method ?? "GET");
    response.on("error", (error) => this.#onError(error));
    response.on("end", () => this.#onResponseEnd(response, bodyless));
    if (bodyless) {
      response.resume();
      this.#callbacks.decodeHeaders(headers, true);
      return;
    }
    this.#callbacks.decodeHeaders(headers, false);
    response.on("data", (chunk: Buffer) => {
      if (!this.#closed) this.#callbacks.decodeData(chunk, false);
    });
    if (this.#disabled) response.pause();
  }

  #onResponseEnd(response: IncomingMessage, bodyless: boolean): void {
    if (this.#closed || !response.complete) return;
    this.#finish(undefined);
    if (bodyless) return;
    if (response.rawTrailers.length === 0) return this.#callbacks.decodeData(EMPTY, true);
    const trailers = new HeaderMap();
    for (let i = 0; i + 1 < response.rawTrailers.length; i += 2) {
      trailers.add(response.rawTrailers[i]!, response.rawTrailers[i + 1]!);
    }
    this.#callbacks.decodeTrailers(trailers);
  }

  #onTunnel(response: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.#closed) return void socket.destroy();
    this.#tunnel = socket;
    this.#callbacks.decodeHeaders(answerHead(response, "").headers, false);
    socket.on("data", (chunk: Buffer) => {
      if (!this.#closed) this.#callbacks.decodeData(chunk, false);
    });
    socket.on("drain", () => this.#setBlocked(false));
    socket.on("error", (error) => this.#onError(error));
    socket.on("end", () => {
      if (this.#finish(undefined)) this.#callbacks.decodeData(EMPTY, true);
      socket.end();
    });
    // Envoy hands on what came with the head of a tunnel, also if that is nothing.
    if (!this.#closed) this.#callbacks.decodeData(head, false);
    this.#flushEarly(socket);
    if (this.#disabled) socket.pause();
  }

  #flushEarly(socket: Socket): void {
    for (const chunk of this.#early ?? []) socket.write(chunk);
    this.#early = undefined;
    if (this.#requestEnded) socket.end();
  }

  #onError(error: Error): void {
    if (this.#breaksOff) this.#fail("protocol error", "");
    else if (this.#connected) this.#fail(resetReason(error), "");
    else this.#fail("connection failure", connectionError(error));
  }

  #onRequestClosed(): void {
    // No error, no whole answer: the peer closed. A tunnel outlives its request.
    if (this.#tunnel !== undefined) return;
    this.#fail(this.#breaksOff ? "protocol error" : "connection termination", "");
  }

  /** An answer has begun; Envoy's parser finds fault with the end of one that is not whole, whatever ended it. */
  get #breaksOff(): boolean {
    return this.#response !== undefined;
  }

  #fail(reason: StreamResetReason, details: string): void {
    if (this.#finish(reason)) this.#callbacks.onResetStream(reason, details);
  }

  /** True the first time. */
  #finish(failure: StreamResetReason | undefined): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#setBlocked(false);
    this.#onClosed(failure);
    return true;
  }
}
