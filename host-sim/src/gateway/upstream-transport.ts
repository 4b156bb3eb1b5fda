/** How does a cluster reach its host? One way for each protocol; the cluster itself only counts and chooses addresses. */
import type { StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";

export interface UpstreamTransport {
  /** A request to this address. `onClosed` is told once, when it is over, and how it failed if it did. */
  open(
    address: string,
    callbacks: UpstreamCallbacks,
    onClosed: (failure: StreamResetReason | undefined) => void,
  ): UpstreamRequest;
  close(): void;
}
