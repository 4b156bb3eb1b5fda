/** What does a stream need of the gateway that it runs in? */
import type { Clock } from "./clock.ts";
import type { StreamFilterFactory } from "./filter-chain.ts";
import type { HttpStream } from "./http-stream.ts";

export interface StreamHost {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly useRemoteAddress: boolean;
  nextConnectionId(): bigint;
  /** The filters of a new stream, in order, the router last. */
  createFilters(stream: HttpStream): StreamFilterFactory[];
  onStreamEnd(stream: HttpStream): void;
}
