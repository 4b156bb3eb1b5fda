/** What does a stream need of the gateway that it runs in? */
import type { ClientAddressOptions } from "./client-address.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionInfo, DownstreamCallbacks } from "./http.ts";
import type { StreamFilterFactory } from "./filter-chain.ts";

export interface StreamHost<Stream> {
  readonly clock: Clock;
  readonly clientAddress: ClientAddressOptions;
  /** Bytes of a body that are held at most; 0: no limit. */
  bufferLimitOf(protocol: ConnectionInfo["protocol"]): number;
  nextConnectionId(): bigint;
  /** The filters of a new stream, in order, the router last. */
  createFilters(stream: Stream): StreamFilterFactory[];
  recreateStream(downstream: DownstreamCallbacks, before: Stream): Stream;
  onStreamEnd(stream: Stream): void;
}
