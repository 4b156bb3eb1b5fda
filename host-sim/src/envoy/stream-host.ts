/** What does a stream need of the gateway that it runs in? */
import type { Clock } from "./clock.ts";
import type { StreamFilterFactory } from "./filter-chain.ts";

export interface StreamHost<Stream> {
  readonly clock: Clock;
  readonly bufferLimit: number;
  readonly useRemoteAddress: boolean;
  nextConnectionId(): bigint;
  /** The filters of a new stream, in order, the router last. */
  createFilters(stream: Stream): StreamFilterFactory[];
  onStreamEnd(stream: Stream): void;
}
