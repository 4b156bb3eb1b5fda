/** Why did a request to an upstream fail, in Envoy's words? Maps errors of node's sockets, TLS and HTTP parser. */
import type { StreamResetReason } from "../envoy/http.ts";

const CONNECT_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  ETIMEDOUT: "Connection timed out",
  ECONNRESET: "Connection reset by peer",
};

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Once the connection stood. */
export function resetReason(error: Error): StreamResetReason {
  // llhttp's codes: the answer is not HTTP, or its head too large.
  if (codeOf(error).startsWith("HPE_")) return "protocol error";
  return "connection termination";
}

/** Before the connection stood: Envoy's transport failure reason. */
export function connectionError(error: Error): string {
  const code = codeOf(error);
  const text = CONNECT_TEXTS[code];
  if (text !== undefined) return `delayed connect error: ${text}`;
  return `TLS_error: ${code === "" ? error.message : code}`;
}
