/**
 * The seams between Envoy's parts: who may tell whom what about one HTTP stream. Names are Envoy's.
 *
 * client ─ codec ─► StreamDecoder (filter manager) ─► UpstreamRequest (cluster)
 * client ◄─ DownstreamCallbacks ─ filter manager ◄─ UpstreamCallbacks ─ cluster
 *
 * No method throws because of what a peer did; after a reset, or once the stream has ended, every call is ignored.
 */
import type { HeaderMap } from "./header-map.ts";

/** Taken by whoever reads a client's request: the HTTP listener, or `gateway.fetch` in tests. */
export interface StreamDecoder {
  decodeHeaders(headers: HeaderMap, endStream: boolean): void;
  decodeData(data: Uint8Array, endStream: boolean): void;
  decodeTrailers(trailers: HeaderMap): void;
  /** The client has gone away. */
  onDownstreamReset(): void;
  /** The client takes no more bytes (true), or takes them again (false): held against the upstream. */
  setDownstreamBlocked(blocked: boolean): void;
}

/** What the filter manager asks of the listener. */
export interface DownstreamCallbacks {
  encodeHeaders(headers: HeaderMap, endStream: boolean): void;
  encodeData(data: Uint8Array, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  /** Cuts the client off: an answer has begun and can't be finished. */
  resetStream(): void;
  /** Held bytes passed the buffer limit: read no more from the client. */
  onAboveHighWatermark(): void;
  /** Held bytes fell below half the limit: read on. */
  onBelowLowWatermark(): void;
}

/** One request to an upstream host, of the router or of an HTTP call of a filter. */
export interface UpstreamRequest {
  encodeHeaders(headers: HeaderMap, endStream: boolean): void;
  encodeData(data: Uint8Array, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  resetStream(): void;
  /** Stop (true) or go on (false) reading the answer. */
  readDisable(disable: boolean): void;
}

/** Why an upstream request failed, as Envoy tells them apart. */
export type StreamResetReason =
  | "connection failure" // refused, TLS failure: before anything was sent
  | "connection termination" // the peer closed
  | "remote reset"
  | "remote refused stream reset" // HTTP/2: it has not looked at the request
  | "protocol error"
  | "overflow" // circuit breaker
  | "local reset";

export interface UpstreamCallbacks {
  decodeHeaders(headers: HeaderMap, endStream: boolean): void;
  decodeData(data: Uint8Array, endStream: boolean): void;
  decodeTrailers(trailers: HeaderMap): void;
  onResetStream(reason: StreamResetReason, details: string): void;
  /** The upstream takes no more bytes (true), or takes them again (false). */
  onUpstreamBlocked(blocked: boolean): void;
}

/** An upstream, by the name that filters use in `proxy_http_call`. */
export interface Cluster {
  readonly name: string;
  /** A host to send to is known; if not, `proxy_http_call` is refused with InternalFailure (Envoy: no healthy host). */
  readonly hasHosts: boolean;
  /** Its circuit breaker lets no more requests through: `proxy_http_call` is refused in the same way. */
  readonly isFull?: boolean;
  /** A request was refused for that. */
  onOverflow?(): void;
  newStream(callbacks: UpstreamCallbacks): UpstreamRequest;
  close(): Promise<void>;
}

/** Facts about the client's connection, behind `source.*`, `destination.*` and `connection.*` attributes. */
export interface ConnectionInfo {
  readonly sourceAddress: string; // "127.0.0.1:54321", IPv6 as "[::1]:54321"
  readonly destinationAddress: string;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  readonly tls: boolean;
}
