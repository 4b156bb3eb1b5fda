/** When does a failed try count as one to be repeated? (Envoy: RetryStateImpl::wouldRetryFromHeaders, …FromReset) */
import type { HeaderMap } from "../header-map.ts";
import type { StreamResetReason } from "../http.ts";

/** Names of `x-envoy-retry-on` that Envoy knows and that can come here. */
const known = new Set([
  "5xx",
  "gateway-error",
  "connect-failure",
  "refused-stream",
  "retriable-4xx",
  "retriable-status-codes",
  "reset",
  "reset-before-request",
  "envoy-ratelimited",
]);

/** Names of `x-envoy-retry-grpc-on`, and the status that each stands for. */
const grpcStatuses: ReadonlyMap<string, string> = new Map([
  ["cancelled", "1"],
  ["deadline-exceeded", "4"],
  ["resource-exhausted", "8"],
  ["internal", "13"],
  ["unavailable", "14"],
]);

/** Unknown names are ignored, as Envoy ignores them. */
export function readConditions(text: string | undefined, grpcOnly: boolean): string[] {
  const names = (text ?? "").split(",").map((name) => name.trim());
  return names.filter((name) => grpcStatuses.has(name) || (!grpcOnly && known.has(name)));
}

export function failsByHeaders(
  on: ReadonlySet<string>,
  codes: readonly number[],
  headers: HeaderMap,
): boolean {
  const status = Number(headers.getFirst(":status"));
  if (headers.has("x-envoy-ratelimited")) return on.has("envoy-ratelimited");
  if (on.has("5xx") && status >= 500 && status < 600) return true;
  if (on.has("gateway-error") && status >= 502 && status <= 504) return true;
  if (on.has("retriable-4xx") && status === 409) return true;
  if (on.has("retriable-status-codes") && codes.includes(status)) return true;
  const grpcStatus = headers.getFirst("grpc-status");
  return [...grpcStatuses].some(([name, code]) => on.has(name) && code === grpcStatus);
}

export function failsByReset(
  on: ReadonlySet<string>,
  reason: StreamResetReason,
  sent: boolean,
): boolean {
  // What the circuit breaker refused would only be refused again.
  if (reason === "overflow") return false;
  if (reason === "connection failure" && on.has("connect-failure")) return true;
  if (on.has("reset") || on.has("5xx") || on.has("gateway-error")) return true;
  if (on.has("reset-before-request") && !sent) return true;
  return on.has("refused-stream") && reason === "remote refused stream reset";
}
