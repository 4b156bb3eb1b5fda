/**
 * How does one gRPC stream go over an HTTP stream? Messages out and in, and one status at its end. What fails before an
 * answer began is answered here as Envoy's router answers it, and read as any answer (Envoy: Grpc::AsyncStreamImpl).
 */
import type { GrpcRequest } from "../wasm/host-context.ts";
import type { Clock, TimerHandle } from "./clock.ts";
import { frame, FrameReader } from "./grpc-frames.ts";
import { grpcRequestHeaders } from "./grpc-headers.ts";
import { HeaderMap } from "./header-map.ts";
import type { Cluster, StreamResetReason, UpstreamRequest } from "./http.ts";
import { httpToGrpcStatus, prepareLocalReply } from "./local-reply.ts";
import { upstreamFailure } from "./upstream-failure.ts";

export interface GrpcStreamCallbacks {
  onInitialMetadata(headers: HeaderMap): void;
  onMessage(message: Uint8Array): void;
  onTrailingMetadata(trailers: HeaderMap): void;
  onClose(status: number, message: string): void;
}

const Grpc = { Unknown: 2, Internal: 13, Invalid: 0xffffffff } as const;
const greatestStatus = 16;

export class GrpcStream {
  private readonly callbacks: GrpcStreamCallbacks;
  private readonly clock: Clock;
  private readonly reader = new FrameReader();
  private upstream: UpstreamRequest | null = null;
  private timer: TimerHandle | null = null;
  private sentAt = 0;
  private details = "";
  private answered = false;
  private ended = false;
  private localEnded = false;

  constructor(callbacks: GrpcStreamCallbacks, clock: Clock) {
    this.callbacks = callbacks;
    this.clock = clock;
  }

  /** @param timeoutMs `null`: none; 0 is told to the service, and is none for us. */
  open(cluster: Cluster, request: GrpcRequest, timeoutMs: number | null): void {
    const upstream = cluster.newStream({
      decodeHeaders: (headers, endStream) => this.onUpstreamHeaders(headers, endStream),
      decodeData: (data, endStream) => this.onData(data, endStream),
      decodeTrailers: (trailers) => this.onTrailers(new HeaderMap(trailers, "trailers")),
      onResetStream: (reason, details) => this.onReset(reason, details),
      onUpstreamBlocked: () => {},
    });
    if (this.ended) return;
    this.upstream = upstream;
    this.sentAt = this.clock.now();
    upstream.encodeHeaders(grpcRequestHeaders(cluster.name, request, timeoutMs), false);
    if (timeoutMs !== null && timeoutMs > 0) {
      this.timer = this.clock.setTimeout(() => this.onTimeout(), timeoutMs);
    }
  }

  send(message: Uint8Array, endStream: boolean): void {
    if (this.localEnded || this.ended) return;
    this.localEnded = endStream;
    this.upstream?.encodeData(frame(message), endStream);
  }

  closeLocal(): void {
    if (this.localEnded || this.ended) return;
    this.localEnded = true;
    this.upstream?.encodeData(new Uint8Array(0), true);
  }

  cancel(): void {
    if (this.ended) return;
    this.end();
  }

  private onUpstreamHeaders(headers: HeaderMap, endStream: boolean): void {
    if (this.ended || Number(headers.getFirst(":status")) < 200) return;
    const answer = new HeaderMap(headers, "response");
    if (this.localEnded) {
      const elapsed = Math.max(0, this.clock.now() - this.sentAt);
      answer.set("x-envoy-upstream-service-time", String(elapsed));
    }
    this.details = "via_upstream";
    this.onHeaders(answer, endStream);
  }

  private onHeaders(headers: HeaderMap, endStream: boolean): void {
    this.answered = true;
    const status = Number(headers.getFirst(":status"));
    const ok = status === 200;
    const bare = endStream || !ok;
    this.callbacks.onInitialMetadata(bare ? new HeaderMap([], "response") : headers);
    if (endStream && (ok || headers.has("grpc-status"))) {
      this.onTrailers(new HeaderMap(headers, "trailers"));
    } else if (!ok) {
      this.fail(httpToGrpcStatus(status));
    }
  }

  private onData(data: Uint8Array, endStream: boolean): void {
    if (this.ended) return;
    const frames = this.reader.push(data);
    if (frames === null) return this.fail(Grpc.Internal);
    for (const { flags, data: message } of frames) {
      if (this.ended) return;
      if (flags !== 0 && message.length > 0) return this.fail(Grpc.Internal);
      this.callbacks.onMessage(message);
    }
    if (endStream) this.fail(Grpc.Unknown);
  }

  private onTrailers(trailers: HeaderMap): void {
    if (this.ended) return;
    this.callbacks.onTrailingMetadata(trailers);
    this.close(statusOf(trailers), trailers.getFirst("grpc-message") ?? "");
  }

  private onReset(reason: StreamResetReason, transportFailure: string): void {
    if (this.ended) return;
    this.upstream = null;
    const failure = upstreamFailure(reason, transportFailure);
    if (this.answered) {
      this.details = failure.detailsAfter;
      this.fail(Grpc.Internal);
    } else {
      // Unlike an answer to a client, this one does not tell the transport's own reason.
      this.answerLocally(failure.code, upstreamFailure(reason, "").body, failure.details);
    }
  }

  private onTimeout(): void {
    if (this.ended) return;
    const { upstream } = this;
    this.upstream = null;
    upstream?.resetStream();
    if (this.answered) {
      this.details = "response_timeout";
      this.fail(Grpc.Internal);
    } else {
      this.answerLocally(504, "upstream request timeout", "response_timeout");
    }
  }

  private answerLocally(code: number, body: string, details: string): void {
    this.details = details;
    const reply = { code, body, headers: [], grpcStatus: undefined, details };
    this.onHeaders(prepareLocalReply(reply, { isHead: false, isGrpc: true }).headers, true);
  }

  /** No trailers came, or none that matter. */
  private fail(status: number): void {
    if (this.ended) return;
    this.callbacks.onTrailingMetadata(new HeaderMap([], "trailers"));
    this.close(status, "");
  }

  private close(status: number, message: string): void {
    if (this.ended) return;
    this.end();
    const { details } = this;
    this.callbacks.onClose(
      status,
      message === "" || details === "" ? message + details : `${message}{${details}}`,
    );
  }

  private end(): void {
    this.ended = true;
    this.timer?.cancel();
    this.upstream?.resetStream();
    this.upstream = null;
  }
}

/** Envoy: Grpc::Common::getGrpcStatus; a status beyond the known ones is none. */
function statusOf(trailers: HeaderMap): number {
  const text = trailers.getFirst("grpc-status") ?? "";
  if (text === "") return Grpc.Unknown;
  return /^\d+$/.test(text) && Number(text) <= greatestStatus ? Number(text) : Grpc.Invalid;
}
