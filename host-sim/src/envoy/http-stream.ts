/**
 * What happens to one request and its answer? Holds the stream's state and ties together client, filters and router, as
 * Envoy's HttpConnectionManager and DownstreamFilterManager do.
 */
import { BodyBuffer } from "./body-buffer.ts";
import { DecoderPath, type DecoderOwner } from "./decoder-path.ts";
import { EncoderPath, type EncoderOwner } from "./encoder-path.ts";
import { createFilterChain, type StreamFilterFactory } from "./filter-chain.ts";
import type { LocalReply, StreamFilter } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import type { ConnectionInfo, DownstreamCallbacks, StreamDecoder } from "./http.ts";
import { isGrpcRequest, prepareLocalReply } from "./local-reply.ts";
import { prepareRequest, prepareResponse, rejection } from "./message-headers.ts";
import { ResponseFlag, StreamInfo } from "./stream-info.ts";
import { whatStreamWaitsFor } from "./stream-wait.ts";
import type { Clock } from "./clock.ts";

/** What a stream needs of the gateway. */
export interface StreamHost {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly useRemoteAddress: boolean;
  nextConnectionId(): bigint;
  /** The filters of a new stream, in order, the router last. */
  createFilters(stream: HttpStream): StreamFilterFactory[];
  onStreamEnd(stream: HttpStream): void;
}

export class HttpStream implements StreamDecoder, DecoderOwner, EncoderOwner {
  readonly info: StreamInfo;
  readonly bufferLimit: number;
  requestHeaders: HeaderMap | null = null;
  responseHeaders: HeaderMap | null = null;
  requestComplete = false;
  localComplete = false;
  encodeComplete = false;
  private headersSent = false;
  private saidBadRequest = false;
  private destroyed = false;
  private prepared: LocalReply | null = null;
  private clientHolds = 0;
  private upstreamHolds = 0;
  private setUpstreamHeld: ((held: boolean) => void) | null = null;
  private readonly decoder = new DecoderPath(this);
  private readonly encoder = new EncoderPath(this);
  private filters: readonly StreamFilter[] = [];
  private readonly host: StreamHost;
  private readonly downstream: DownstreamCallbacks;

  constructor(host: StreamHost, downstream: DownstreamCallbacks, connection: ConnectionInfo) {
    this.host = host;
    this.bufferLimit = host.bufferLimit;
    this.downstream = downstream;
    this.info = new StreamInfo(connection, host.nextConnectionId(), host.clock.nowNs());
  }

  /** In words. */
  get waitsFor(): string {
    const { decoder, encoder, requestComplete } = this;
    const answered = this.responseHeaders !== null;
    return whatStreamWaitsFor({ decoder, encoder, requestComplete, answered });
  }

  get clock(): Clock {
    return this.host.clock;
  }

  // From the client

  decodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.destroyed || this.requestHeaders !== null) return;
    this.requestHeaders = prepareRequest(headers, this.info, this.host.useRemoteAddress);
    this.requestComplete = endStream;
    this.createFilterChain();
    const rejected = rejection(this.requestHeaders, this.info.connection.protocol);
    if (rejected !== null) this.sendLocalReply(rejected);
    else this.decoder.runHeaders(null, endStream);
  }

  decodeData(data: Uint8Array, endStream: boolean): void {
    if (this.destroyed || this.requestComplete) return;
    this.info.bytesReceived += data.length;
    this.requestComplete = endStream;
    this.decoder.runData(null, BodyBuffer.of(data), endStream);
  }

  decodeTrailers(trailers: HeaderMap): void {
    if (this.destroyed || this.requestComplete) return;
    this.requestComplete = true;
    this.decoder.trailers = new HeaderMap(trailers, "trailers");
    this.decoder.runTrailers(null);
  }

  onDownstreamReset(): void {
    if (this.destroyed) return;
    this.info.responseFlags |= ResponseFlag.DownstreamConnectionTermination;
    this.info.responseCodeDetails ??= "downstream_remote_disconnect";
    this.destroy();
  }

  setDownstreamBlocked(blocked: boolean): void {
    this.holdUpstreamBack(blocked);
  }

  // From the router

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.destroyed || this.responseHeaders !== null) return;
    this.responseHeaders = headers;
    this.localComplete = endStream;
    this.encoder.runHeaders(null, endStream);
  }

  encodeData(data: BodyBuffer, endStream: boolean): void {
    if (this.destroyed || this.localComplete) return;
    this.localComplete = endStream;
    this.encoder.runData(null, data, endStream);
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.destroyed || this.localComplete) return;
    this.localComplete = true;
    this.encoder.trailers = trailers;
    this.encoder.runTrailers(null);
  }

  /** The router's upstream can be held back from now on. */
  setUpstream(setHeld: ((held: boolean) => void) | null): void {
    this.setUpstreamHeld = setHeld;
    if (this.upstreamHolds > 0) setHeld?.(true);
  }

  // From filters

  sendLocalReply(reply: LocalReply): void {
    if (this.destroyed) return;
    if (this.decoder.calling !== null) this.decoder.aborted = true;
    else if (this.encoder.calling !== null) this.encoder.aborted = true;
    this.info.responseCodeDetails = reply.details;
    this.saidBadRequest ||= reply.code === 400;
    if (this.responseHeaders === null) {
      // Never re-enter filters from within one of their callbacks.
      if (this.decoder.calling !== null) this.prepared ??= reply;
      else this.replyThroughFilters(reply);
    } else if (!this.headersSent) {
      this.replyDirectly(reply);
    } else {
      this.resetStream();
    }
  }

  executePreparedLocalReply(): void {
    const reply = this.prepared;
    this.prepared = null;
    if (reply !== null && this.responseHeaders === null) this.replyThroughFilters(reply);
  }

  resetStream(): void {
    if (this.destroyed) return;
    if (this.decoder.calling !== null) this.decoder.aborted = true;
    else if (this.encoder.calling !== null) this.encoder.aborted = true;
    this.downstream.resetStream();
    this.destroy();
  }

  private replyThroughFilters(reply: LocalReply): void {
    const { headers, body } = prepareLocalReply(reply, this.replyTo());
    this.encodeHeaders(headers, body === null);
    if (body !== null) this.encodeData(BodyBuffer.of(body), true);
  }

  /** Filters have seen another answer begin already: they do not see this one. */
  private replyDirectly(reply: LocalReply): void {
    const { headers, body } = prepareLocalReply(reply, this.replyTo());
    this.encoder.streaming = true;
    this.localComplete = true;
    this.responseHeaders = headers;
    this.sendHeaders(body === null);
    if (body !== null) this.sendData(BodyBuffer.of(body), true);
  }

  private replyTo(): { isHead: boolean; isGrpc: boolean } {
    const headers = this.requestHeaders;
    return {
      isHead: headers?.getFirst(":method") === "HEAD",
      isGrpc: headers !== null && isGrpcRequest(headers),
    };
  }

  // From the paths

  onRequestTooLarge(): void {
    const details = "request_payload_too_large";
    this.sendLocalReply({
      code: 413,
      body: "Payload Too Large",
      headers: [],
      grpcStatus: undefined,
      details,
    });
  }

  onResponseTooLarge(): void {
    const details = "response_payload_too_large";
    this.sendLocalReply({
      code: 500,
      body: "Internal Server Error",
      headers: [],
      grpcStatus: undefined,
      details,
    });
  }

  onBadResponseHeaders(problem: string): void {
    const details = `filter_removed_required_response_headers{${problem.replaceAll(" ", "_")}}`;
    this.sendLocalReply({ code: 502, body: problem, headers: [], grpcStatus: undefined, details });
  }

  sendHeaders(endStream: boolean): void {
    if (this.destroyed || this.responseHeaders === null) return;
    this.headersSent = true;
    prepareResponse(this.responseHeaders, this.clock);
    // Envoy takes such an answer of its own for a sign that the messages of this connection can't be told apart.
    if (this.saidBadRequest && this.info.connection.protocol !== "HTTP/2") {
      this.responseHeaders.set("connection", "close");
    }
    this.info.responseCode = Number(this.responseHeaders.getFirst(":status"));
    this.downstream.encodeHeaders(this.responseHeaders, endStream);
    if (endStream) this.endEncode();
  }

  sendData(data: BodyBuffer, endStream: boolean): void {
    if (this.destroyed) return;
    this.info.bytesSent += data.size;
    const chunks = data.take();
    const last = chunks.pop();
    for (const chunk of chunks) this.downstream.encodeData(chunk, false);
    if (last !== undefined || endStream) {
      this.downstream.encodeData(last ?? new Uint8Array(0), endStream);
    }
    if (endStream) this.endEncode();
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.destroyed) return;
    this.downstream.encodeTrailers(trailers);
    this.endEncode();
  }

  private endEncode(): void {
    this.encodeComplete = true;
    this.destroy();
  }

  holdClientBack(blocked: boolean): void {
    this.clientHolds += blocked ? 1 : -1;
    if (this.destroyed) return;
    if (blocked && this.clientHolds === 1) this.downstream.onAboveHighWatermark();
    if (!blocked && this.clientHolds === 0) this.downstream.onBelowLowWatermark();
  }

  holdUpstreamBack(blocked: boolean): void {
    this.upstreamHolds += blocked ? 1 : -1;
    if (this.destroyed) return;
    if (blocked && this.upstreamHolds === 1) this.setUpstreamHeld?.(true);
    if (!blocked && this.upstreamHolds === 0) this.setUpstreamHeld?.(false);
  }

  // Begin and end

  private createFilterChain(): void {
    const common = {
      info: this.info,
      sendLocalReply: (reply: LocalReply) => this.sendLocalReply(reply),
      resetStream: () => this.resetStream(),
    };
    this.filters = createFilterChain(
      this.host.createFilters(this),
      this.decoder,
      this.encoder,
      common,
    );
  }

  private destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.decoder.destroyed = true;
    this.encoder.destroyed = true;
    this.info.duration = this.clock.nowNs() - this.info.startTime;
    const logged = {
      request: this.requestHeaders,
      response: this.responseHeaders,
      responseTrailers: this.encoder.trailers,
    };
    for (const filter of this.filters) filter.onLog(logged);
    for (const filter of this.filters) filter.onDestroy();
    this.host.onStreamEnd(this);
  }
}
