/**
 * What happens to one request and its answer? Holds the stream's state and ties together client, filters and router, as
 * Envoy's HttpConnectionManager and DownstreamFilterManager do.
 */
import { Holds } from "./back-pressure.ts";
import { BodyBuffer } from "./body-buffer.ts";
import { DecoderPath, type DecoderOwner } from "./decoder-path.ts";
import { EncoderPath, type EncoderOwner } from "./encoder-path.ts";
import { createFilterChain } from "./filter-chain.ts";
import type { LocalReply, StreamFilter } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import type { ConnectionInfo, DownstreamCallbacks, StreamDecoder } from "./http.ts";
import { LocalReplies, type ReplyingStream } from "./local-replies.ts";
import { prepareRequest, prepareResponse, rejection } from "./message-headers.ts";
import { badResponseHeaders, requestTooLarge, responseTooLarge } from "./own-replies.ts";
import { ResponseFlag, StreamInfo } from "./stream-info.ts";
import type { StreamHost } from "./stream-host.ts";
import { whatStreamWaitsFor } from "./stream-wait.ts";
import type { Clock } from "./clock.ts";

export class HttpStream implements StreamDecoder, DecoderOwner, EncoderOwner, ReplyingStream {
  readonly info: StreamInfo;
  readonly bufferLimit: number;
  requestHeaders: HeaderMap | null = null;
  responseHeaders: HeaderMap | null = null;
  requestComplete = false;
  localComplete = false;
  encodeComplete = false;
  headersSent = false;
  private destroyed = false;
  private readonly clientHolds = new Holds((held) => {
    if (this.destroyed) return;
    if (held) this.downstream.onAboveHighWatermark();
    else this.downstream.onBelowLowWatermark();
  });
  private readonly upstreamHolds = new Holds();
  readonly decoder = new DecoderPath(this);
  readonly encoder = new EncoderPath(this);
  private readonly replies = new LocalReplies(this);
  private filters: readonly StreamFilter[] = [];
  private readonly host: StreamHost<HttpStream>;
  private readonly downstream: DownstreamCallbacks;

  constructor(
    host: StreamHost<HttpStream>,
    downstream: DownstreamCallbacks,
    connection: ConnectionInfo,
  ) {
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
    const whileAlive = (held: boolean): void => {
      if (!this.destroyed) setHeld?.(held);
    };
    this.upstreamHolds.setListener(setHeld === null ? null : whileAlive);
  }

  // From filters

  sendLocalReply(reply: LocalReply): void {
    if (!this.destroyed) this.replies.send(reply);
  }

  executePreparedLocalReply(): void {
    this.replies.executePrepared();
  }

  resetStream(): void {
    if (this.destroyed) return;
    if (this.decoder.calling !== null) this.decoder.aborted = true;
    else if (this.encoder.calling !== null) this.encoder.aborted = true;
    this.downstream.resetStream();
    this.destroy();
  }

  /** For the client alone: filters have seen another answer begin. */
  sendDirectly(headers: HeaderMap, body: Uint8Array | null): void {
    this.encoder.streaming = true;
    this.localComplete = true;
    this.responseHeaders = headers;
    this.sendHeaders(body === null);
    if (body !== null) this.sendData(BodyBuffer.of(body), true);
  }

  // From the paths

  onRequestTooLarge(): void {
    this.sendLocalReply(requestTooLarge);
  }

  onResponseTooLarge(): void {
    this.sendLocalReply(responseTooLarge);
  }

  onBadResponseHeaders(problem: string): void {
    this.sendLocalReply(badResponseHeaders(problem));
  }

  sendHeaders(endStream: boolean): void {
    if (this.destroyed || this.responseHeaders === null) return;
    this.headersSent = true;
    prepareResponse(this.responseHeaders, this.clock);
    if (this.replies.saidBadRequest && this.info.connection.protocol !== "HTTP/2") {
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
    this.clientHolds.change(blocked);
  }

  holdUpstreamBack(blocked: boolean): void {
    this.upstreamHolds.change(blocked);
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
