/** What does the router answer where it sends a request nowhere, or no longer? */
import type { LocalReply } from "../filter.ts";
import { ResponseFlag } from "../stream-info.ts";

export interface Refusal {
  readonly reply: LocalReply;
  readonly flag: bigint;
}

export const refusal = (code: number, body: string, details: string, flag: bigint): Refusal => ({
  reply: { code, body, headers: [], grpcStatus: undefined, details },
  flag,
});

export const noRoute = refusal(404, "", "route_not_found", ResponseFlag.NoRouteFound);

export const noCluster = refusal(503, "", "cluster_not_found", ResponseFlag.NoClusterFound);

export const noHost = refusal(
  503,
  "no healthy upstream",
  "no_healthy_upstream",
  ResponseFlag.NoHealthyUpstream,
);

export const tooSlow = refusal(
  504,
  "upstream request timeout",
  "response_timeout",
  ResponseFlag.UpstreamRequestTimeout,
);

export const oneTryTooSlow = refusal(
  504,
  "upstream request timeout",
  "upstream_per_try_timeout",
  ResponseFlag.UpstreamRequestTimeout,
);

/** A try has failed, and more of the body has come than the next one could be given. */
export const lostForRetry = refusal(
  507,
  "exceeded request buffer limit while retrying upstream",
  "request_payload_exceeded_retry_buffer_limit",
  0n,
);
