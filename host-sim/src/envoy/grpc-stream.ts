/** How does one gRPC stream go over an HTTP stream? Messages out and in, and one status at its end. */
import { bytesToLatin1, latin1ToBytes } from "../wasm/byte-string.ts";
import type { GrpcRequest } from "../wasm/host-context.ts";
import type { Clock, TimerHandle } from "./clock.ts";
import { frame, FrameReader } from "./grpc-frames.ts";
import { HeaderMap } from "./header-map.ts";
import type { Cluster, UpstreamRequest } from "./http.ts";
import { httpToGrpcStatus } from "./local-reply.ts";

export interface GrpcStreamCallbacks {
  onInitialMetadata(headers: HeaderMap): void;
  onMessage(message: Uint8Array): void;
  onTrailingMetadata(trailers: HeaderMap): void;
  onClose(status: number, message: string): void;
}

const Grpc = { Unknown: 2, DeadlineExceeded: 4, Internal: 13, Unavailable: 14 } as const;

export class GrpcStream {
  private readonly callbacks: GrpcStreamCallbacks;
  private readonly reader = new FrameReader();
  private upstream: UpstreamRequest | null = null;
  private timer: TimerHandle | null = null;
  private ended = false;
  private localEnded = false;

  constructor(callbacks: GrpcStreamCallbacks) {
    this.callbacks = callbacks;
  }

  open(cluster: Cluster, request: GrpcRequest, timeoutMs: number, clock: Clock): void {
    const upstream = cluster.newStream({
      decodeHeaders: (headers, endStream) => this.onHeaders(headers, endStream),
      decodeData: (data, endStream) => this.onData(data, endStream),
      decodeTrailers: (trailers) => this.onTrailers(new HeaderMap(trailers, "trailers")),
      onResetStream: () =>
        this.close(Grpc.Unavailable, "upstream connect error or disconnect/reset"),
      onUpstreamBlocked: () => {},
    });
    if (this.ended) return;
    this.upstream = upstream;
    upstream.encodeHeaders(requestHeaders(cluster.name, request, timeoutMs), false);
    if (timeoutMs > 0) {
      this.timer = clock.setTimeout(() => {
        this.upstream?.resetStream();
        this.close(Grpc.DeadlineExceeded, "upstream request timeout");
      }, timeoutMs);
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
    this.ended = true;
    this.timer?.cancel();
    this.upstream?.resetStream();
  }

  private onHeaders(headers: HeaderMap, endStream: boolean): void {
    const status = Number(headers.getFirst(":status"));
    if (this.ended || status < 200) return;
    if (status !== 200) {
      this.upstream?.resetStream();
      this.close(httpToGrpcStatus(status), "");
    } else if (endStream) {
      // A trailers-only answer.
      this.onTrailers(headers);
    } else {
      this.callbacks.onInitialMetadata(new HeaderMap(headers, "response"));
    }
  }

  private onData(data: Uint8Array, endStream: boolean): void {
    if (this.ended) return;
    const messages = this.reader.push(data);
    if (messages === null) {
      this.upstream?.resetStream();
      this.close(Grpc.Internal, "");
      return;
    }
    for (const message of messages) this.callbacks.onMessage(message);
    if (endStream) this.close(Grpc.Unknown, "");
  }

  private onTrailers(trailers: HeaderMap): void {
    if (this.ended) return;
    this.callbacks.onTrailingMetadata(trailers);
    const status = trailers.getFirst("grpc-status");
    const known = status !== undefined && /^\d+$/.test(status);
    this.close(
      known ? Number(status) : Grpc.Unknown,
      decode(trailers.getFirst("grpc-message") ?? ""),
    );
  }

  private close(status: number, message: string): void {
    if (this.ended) return;
    this.ended = true;
    this.timer?.cancel();
    this.callbacks.onClose(status, message);
  }
}

function requestHeaders(authority: string, request: GrpcRequest, timeoutMs: number): HeaderMap {
  const headers = new HeaderMap([], "request");
  headers.add(":method", "POST");
  headers.add(":path", `/${request.serviceName}/${request.methodName}`);
  headers.add(":authority", authority);
  headers.add(":scheme", "http");
  headers.add("te", "trailers");
  if (timeoutMs > 0) headers.add("grpc-timeout", `${timeoutMs}m`);
  headers.add("content-type", "application/grpc");
  for (const [name, value] of request.initialMetadata) headers.add(name, value);
  return headers;
}

/** `grpc-message` is percent encoded; what is not valid stays as it is. */
function decode(message: string): string {
  const bytes = message.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytesToLatin1(latin1ToBytes(bytes));
}
