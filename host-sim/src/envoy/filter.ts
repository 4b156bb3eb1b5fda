/** What is an HTTP filter to the filter manager, and the filter manager to it? Names are Envoy's. */
import type { BodyBuffer } from "./body-buffer.ts";
import type { HeaderMap } from "./header-map.ts";
import type { StreamInfo } from "./stream-info.ts";
import type { Pair } from "../wasm/pairs.ts";

export interface LocalReply {
  readonly code: number;
  readonly body: string | Uint8Array;
  readonly headers: readonly Pair[];
  /** `undefined`: told by the HTTP status. */
  readonly grpcStatus: number | undefined;
  readonly details: string;
}

/** One filter in the chain of one stream; statuses are those of the ABI. */
export interface StreamFilter {
  /** The plugin's, for messages. */
  readonly name: string;
  decodeHeaders(headers: HeaderMap, endStream: boolean): number;
  decodeData(data: BodyBuffer, endStream: boolean): number;
  decodeTrailers(trailers: HeaderMap): number;
  encodeHeaders(headers: HeaderMap, endStream: boolean): number;
  encodeData(data: BodyBuffer, endStream: boolean): number;
  encodeTrailers(trailers: HeaderMap): number;
  onLog(headers: LoggedHeaders): void;
  onDestroy(): void;
}

export interface LoggedHeaders {
  readonly request: HeaderMap | null;
  readonly response: HeaderMap | null;
  readonly responseTrailers: HeaderMap | null;
}

/** One direction, as a filter sees it. */
export interface PathCallbacks {
  /** Lets go what was held, from this filter on. */
  continueIteration(): void;
  /** Adds to the held body. Streaming: too much holds the sender back; else it ends the stream. */
  addData(data: BodyBuffer, streaming: boolean): void;
  readonly heldBody: BodyBuffer | null;
  /** Only within the last data callback. */
  addTrailers(): HeaderMap;
}

export interface FilterCallbacks {
  readonly decoder: PathCallbacks;
  readonly encoder: PathCallbacks;
  readonly info: StreamInfo;
  sendLocalReply(reply: LocalReply): void;
  resetStream(): void;
}
