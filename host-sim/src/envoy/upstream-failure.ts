/** What does Envoy answer when an upstream fails before it has answered? The same for the router and for HTTP calls. */
import type { StreamResetReason } from "./http.ts";
import { ResponseFlag } from "./stream-info.ts";

export interface UpstreamFailure {
  readonly code: number;
  readonly body: string;
  readonly details: string;
  /** Where an answer had begun. */
  readonly detailsAfter: string;
  readonly flag: bigint;
  readonly transportFailure: string;
}

const reasons: Record<StreamResetReason, { text: string; flag: bigint }> = {
  "connection failure": {
    text: "remote connection failure",
    flag: ResponseFlag.UpstreamConnectionFailure,
  },
  "connection termination": {
    text: "connection termination",
    flag: ResponseFlag.UpstreamConnectionTermination,
  },
  "remote reset": { text: "remote reset", flag: ResponseFlag.UpstreamRemoteReset },
  "remote refused stream reset": {
    text: "remote refused stream reset",
    flag: ResponseFlag.UpstreamRemoteReset,
  },
  "protocol error": { text: "protocol error", flag: ResponseFlag.UpstreamProtocolError },
  overflow: { text: "overflow", flag: ResponseFlag.UpstreamOverflow },
  "local reset": { text: "local reset", flag: ResponseFlag.LocalReset },
};

export function upstreamFailure(reason: StreamResetReason, details: string): UpstreamFailure {
  const { text, flag } = reasons[reason];
  const transportFailure = reason === "connection failure" ? details : "";
  const cause = transportFailure === "" ? "" : `, transport failure reason: ${transportFailure}`;
  const what =
    reason === "connection failure" ? "remote_connection_failure" : text.replaceAll(" ", "_");
  const why = transportFailure === "" ? "" : `|${transportFailure.replaceAll(/\s/g, "_")}`;
  return {
    code: reason === "protocol error" ? 502 : 503,
    body: `upstream connect error or disconnect/reset before headers. reset reason: ${text}${cause}`,
    details: `upstream_reset_before_response_started{${what}${why}}`,
    detailsAfter: `upstream_reset_after_response_started{${what}}`,
    flag,
    transportFailure,
  };
}
