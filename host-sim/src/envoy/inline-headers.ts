/**
 * Which headers does Envoy keep as one entry, so that a second one is joined to the first? Its "O(1)" headers
 * (envoy/http/header_map.h), with those that the extensions of its standard build register.
 */

export type MapKind = "request" | "response" | "trailers" | "any";

const both = [
  "connection", "content-length", "content-type", "x-envoy-decorator-operation", "keep-alive", "proxy-connection",
  "proxy-status", "x-request-id", "transfer-encoding", "upgrade", "via",
]; // prettier-ignore

const request = [
  ":authority", ":method", ":path", ":protocol", ":scheme", "x-client-trace-id", "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node", "x-envoy-external-address", "x-envoy-force-trace", "x-envoy-internal",
  "x-envoy-ip-tags", "x-envoy-max-retries", "x-envoy-retry-on", "x-envoy-retry-grpc-on", "x-envoy-original-path",
  "x-envoy-original-host", "x-envoy-expected-rq-timeout-ms", "x-envoy-upstream-rq-timeout-ms", "expect",
  "x-forwarded-client-cert", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
  "grpc-timeout", "te", "user-agent", "accept", "accept-encoding", "authorization", "cache-control", "referer", "origin",
]; // prettier-ignore

const response = [
  ":status", "date", "x-envoy-attempt-count", "x-envoy-degraded", "x-envoy-upstream-canary", "x-envoy-upstream-service-time",
  "grpc-message", "grpc-status", "server", "cache-control", "content-encoding", "etag", "vary", "location",
]; // prettier-ignore

const inline: Record<MapKind, ReadonlySet<string>> = {
  request: new Set([...both, ...request]),
  response: new Set([...both, ...response]),
  trailers: new Set(["grpc-message", "grpc-status"]),
  any: new Set(),
};

export function isInline(kind: MapKind, name: string): boolean {
  return inline[kind].has(name);
}
