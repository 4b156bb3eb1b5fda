/**
 * How is one HTTP call of a filter made? As Envoy's AsyncClient: one request in one piece, one answer in one piece. A
 * call that fails before an answer began gets one that is made here, as Envoy's router makes it.
 */
import { BodyBuffer } from "./body-buffer.ts";
import type { Clock, TimerHandle } from "./clock.ts";
import { HeaderMap } from "./header-map.ts";
import type { Cluster, StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "./http.ts";
import { isGrpcRequest, prepareLocalReply } from "./local-reply.ts";
import { upstreamFailure } from "./upstream-failure.ts";

export interface HttpMessage {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | null;
}

export interface HttpCallCallbacks {
  /** `made`: Envoy made this answer; why. */
  onSuccess(answer: HttpMessage, made: string | null): void;
  onFailure(reason: string): void;
}

/** Envoy's `http.async_response_buffer_limit`. */
const maxAnswerBytes = 32 * 1024 * 1024;

export class HttpCall {
  private readonly callbacks: HttpCallCallbacks;
  private upstream: UpstreamRequest | null = null;
  private timer: TimerHandle | null = null;
  private headers: HeaderMap | null = null;
  private readonly body = new BodyBuffer();
  private ended = false;
  private isGrpc = false;
  private elapsed: () => number = () => 0;

  constructor(callbacks: HttpCallCallbacks) {
    this.callbacks = callbacks;
  }

  send(cluster: Cluster, request: HttpMessage, timeoutMs: number, clock: Clock): void {
    this.isGrpc = isGrpcRequest(request.headers);
    const upstream = cluster.newStream(this.answer());
    if (this.ended) return;
    this.upstream = upstream;
    const sentAt = clock.now();
    this.elapsed = () => Math.max(0, clock.now() - sentAt);
    const { headers, body, trailers } = request;
    upstream.encodeHeaders(headers, body.length === 0 && trailers === null);
    if (body.length > 0) upstream.encodeData(body, trailers === null);
    if (trailers !== null) upstream.encodeTrailers(trailers);
    if (timeoutMs > 0 && !this.ended) {
      this.timer = clock.setTimeout(() => this.onTimeout(), timeoutMs);
    }
  }

  cancel(): void {
    const upstream = this.upstream;
    this.end();
    upstream?.resetStream();
  }

  private answer(): UpstreamCallbacks {
    return {
      decodeHeaders: (headers, endStream) => this.onHeaders(headers, endStream),
      decodeData: (data, endStream) => this.onData(data, endStream),
      decodeTrailers: (trailers) => this.succeed(new HeaderMap(trailers, "trailers")),
      onResetStream: (reason, details) => this.onReset(reason, details),
      onUpstreamBlocked: () => {},
    };
  }

  private onHeaders(headers: HeaderMap, endStream: boolean): void {
    const status = Number(headers.getFirst(":status"));
    if (this.ended || (status < 200 && status !== 101)) return;
    this.headers = new HeaderMap(headers, "response");
    this.headers.set("x-envoy-upstream-service-time", String(this.elapsed()));
    if (endStream) this.succeed(null);
  }

  private onData(data: Uint8Array, endStream: boolean): void {
    if (this.ended) return;
    this.body.append(data);
    if (this.body.size > maxAnswerBytes) {
      this.cancel();
      this.callbacks.onFailure("answer too large");
    } else if (endStream) {
      this.succeed(null);
    }
  }

  private succeed(trailers: HeaderMap | null): void {
    if (this.ended || this.headers === null) return;
    this.end();
    const body = new Uint8Array(this.body.size);
    this.body.copyOut(0, body.length, body);
    this.callbacks.onSuccess({ headers: this.headers, body, trailers }, null);
  }

  private onReset(reason: StreamResetReason, details: string): void {
    if (this.ended) return;
    // Unlike an answer to a client, this one does not tell the transport's own reason.
    const { code, body } = upstreamFailure(reason, "");
    this.fail(code, body, details === "" ? reason : `${reason}: ${details}`);
  }

  private onTimeout(): void {
    const upstream = this.upstream;
    this.fail(504, "upstream request timeout", "timeout");
    upstream?.resetStream();
  }

  private fail(code: number, text: string, reason: string): void {
    if (this.ended) return;
    this.end();
    if (this.headers !== null) {
      this.callbacks.onFailure(reason);
      return;
    }
    const reply = { code, body: text, headers: [], grpcStatus: undefined, details: reason };
    const made = prepareLocalReply(reply, { isHead: false, isGrpc: this.isGrpc });
    const { headers, body } = made;
    this.callbacks.onSuccess({ headers, body: body ?? new Uint8Array(0), trailers: null }, reason);
  }

  private end(): void {
    this.ended = true;
    this.timer?.cancel();
    this.upstream = null;
  }
}
