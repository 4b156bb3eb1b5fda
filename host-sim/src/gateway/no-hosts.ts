/** What is a cluster without hosts? Calls to it are refused, and requests answered "no healthy upstream". */
import type { Cluster, UpstreamCallbacks, UpstreamRequest } from "../envoy/http.ts";
import { RefusedStream } from "./refused-stream.ts";

export function clusterWithoutHosts(name: string): Cluster {
  return {
    name,
    hasHosts: false,
    newStream: (callbacks: UpstreamCallbacks): UpstreamRequest =>
      new RefusedStream(callbacks, "connection failure", "no healthy upstream"),
    close: () => Promise.resolve(),
  };
}
