/** What is known of one stream beside its headers? What Envoy keeps in StreamInfo, read by attributes and the router. */
import type { ConnectionInfo } from "./http.ts";

export class StreamInfo {
  readonly connection: ConnectionInfo;
  /** The client's, as far as it is known: see client-address.ts. */
  sourceAddress: string;
  readonly connectionId: bigint;
  /** Nanoseconds since the epoch. */
  readonly startTime: bigint;
  /** Nanoseconds; set once the stream has ended. */
  duration: bigint | undefined;
  bytesReceived = 0;
  bytesSent = 0;
  responseCode: number | undefined;
  responseCodeDetails: string | undefined;
  /** Bits of Envoy's CoreResponseFlag. */
  responseFlags = 0n;
  upstreamAddress: string | undefined;
  upstreamFailure = "";
  clusterName: string | undefined;
  /** Hosts of that cluster. */
  endpoints: number | undefined;
  attempts = 0n;
  firstUpstreamTx: bigint | undefined;
  lastUpstreamRx: bigint | undefined;
  /** What filters set, by its whole name (`wasm.…`). */
  readonly filterState = new Map<string, Uint8Array>();

  constructor(connection: ConnectionInfo, connectionId: bigint, startTime: bigint) {
    this.connection = connection;
    this.sourceAddress = connection.sourceAddress;
    this.connectionId = connectionId;
    this.startTime = startTime;
  }
}

/** As in Envoy's `response.flags`; only those that can come here. */
export const ResponseFlag = {
  NoHealthyUpstream: 1n << 1n,
  UpstreamRequestTimeout: 1n << 2n,
  LocalReset: 1n << 3n,
  UpstreamRemoteReset: 1n << 4n,
  UpstreamConnectionFailure: 1n << 5n,
  UpstreamConnectionTermination: 1n << 6n,
  UpstreamOverflow: 1n << 7n,
  NoRouteFound: 1n << 8n,
  DownstreamConnectionTermination: 1n << 14n,
  UpstreamRetryLimitExceeded: 1n << 15n,
  UpstreamProtocolError: 1n << 23n,
  NoClusterFound: 1n << 24n,
} as const;
