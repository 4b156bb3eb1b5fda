/**
 * What happens to one request and its answer? Holds the stream's state and ties together client, filters and router, as
 * Envoy's HttpConnectionManager and DownstreamFilterManager do.
 */
import { Holds } from "./back-pressure.ts";
import { BodyBuffer, sendChunks } from "./body-buffer.ts";
import { DecoderPath, type DecoderOwner } from "./decoder-path.ts";
import { EncoderPath, type EncoderOwner } from "./encoder-path.ts";
import { createFilterChain } from "./filter-chain.ts";
import type { LocalReply, StreamFilter } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import type { ConnectionInfo, DownstreamCallbacks, StreamDecoder } from "./http.ts";
import { LocalReplies, type ReplyingStream } from "./local-replies.ts";
import { prepareRequest, prepareResponse, rejection } from "./message-headers.ts";
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
  /** How often the router has sent the request elsewhere. */
  readonly redirects: number;
  /** The stream in which the request goes on, once it was sent elsewhere. */
  private successor: HttpStream | null = null;

  constructor(
    host: StreamHost<HttpStream>,
    downstream: DownstreamCallbacks,
    connection: ConnectionInfo,
    redirects = 0,
  ) {
    this.redirects = redirects;
    this.host = host;
    this.bufferLimit = host.bufferLimitOf(connection.protocol);
    this.downstream = downstream;
    this.info = new StreamInfo(connection, host.nextConnectionId(), host.clock.nowNs());
  }

  /** In words. */
  get waitsFor(): string {
    const answered = this.responseHeaders !== null;
    return this.successor?.waitsFor ?? whatStreamWaitsFor(this, answered);
  }

  get clock(): Clock {
    return this.host.clock;
  }

  // From the client

  decodeHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.destroyed || this.requestHeaders !== null) return;
    // What was sent elsewhere has been through this before.
    this.requestHeaders =
      this.redirects > 0 ? headers : prepareRequest(headers, this.info, this.host.clientAddress);
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
    this.successor?.onDownstreamReset();
    if (this.destroyed) return;
    this.info.responseFlags |= ResponseFlag.DownstreamConnectionTermination;
    this.info.responseCodeDetails ??= "downstream_remote_disconnect";
    this.destroy();
  }

  setDownstreamBlocked(blocked: boolean): void {
    if (this.successor !== null) this.successor.setDownstreamBlocked(blocked);
    else this.holdUpstreamBack(blocked);
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
    this.upstreamHolds.setListener(this.destroyed ? null : setHeld);
  }

  /** Begins anew, through all filters, with what the buffer holds as its body; trailers are lost, as in Envoy. */
  recreate(answer: HeaderMap): void {
    const { requestHeaders } = this;
    if (requestHeaders === null) return;
    const body = this.decoder.held?.take() ?? [];
    this.clientHolds.release();
    this.responseHeaders = answer;
    this.info.responseCodeDetails = "internal_redirect";
    this.destroy();
    this.successor = this.host.recreateStream(this.downstream, this);
    this.successor.decodeHeaders(requestHeaders, body.length === 0);
    if (body.length > 0) this.successor.decodeData(Buffer.concat(body), true);
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
    sendChunks(data.take(), endStream, (chunk, end) => this.downstream.encodeData(chunk, end));
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
    for (const holds of [this.clientHolds, this.upstreamHolds]) holds.setListener(null);
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
