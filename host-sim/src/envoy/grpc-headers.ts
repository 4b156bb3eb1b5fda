/** What does Envoy send at the head of a gRPC request? (Envoy: Grpc::Common::prepareHeaders) */
import type { GrpcRequest } from "../wasm/host-context.ts";
import { HeaderMap } from "./header-map.ts";

export function grpcRequestHeaders(
  authority: string,
  request: GrpcRequest,
  timeoutMs: number | null,
): HeaderMap {
  const headers = new HeaderMap([], "request");
  headers.add(":method", "POST");
  headers.add(":path", `/${request.serviceName}/${request.methodName}`);
  headers.add(":authority", authority);
  headers.add(":scheme", "http");
  headers.add("te", "trailers");
  if (timeoutMs !== null) headers.add("grpc-timeout", grpcTimeout(timeoutMs));
  headers.add("content-type", "application/grpc");
  addMetadata(headers, request.initialMetadata);
  headers.set("x-envoy-internal", "true");
  if (timeoutMs !== null && timeoutMs > 0) {
    headers.set("x-envoy-expected-rq-timeout-ms", String(timeoutMs));
  }
  return headers;
}

/** Binary metadata travels as base64; of repeated binary keys Envoy keeps the first. */
function addMetadata(headers: HeaderMap, metadata: GrpcRequest["initialMetadata"]): void {
  const binary = new Map<string, string>();
  for (const [name, value] of metadata) {
    const key = name.toLowerCase();
    if (!key.endsWith("-bin")) headers.add(name, value);
    else if (!binary.has(key)) binary.set(key, value);
  }
  for (const [name, value] of binary) {
    headers.set(name, Buffer.from(value, "latin1").toString("base64"));
  }
}

/** At most eight digits and a unit. */
function grpcTimeout(milliseconds: number): string {
  const most = 99_999_999;
  if (milliseconds <= most) return `${milliseconds}m`;
  const seconds = Math.floor(milliseconds / 1000);
  return seconds <= most ? `${seconds}S` : `${Math.floor(seconds / 60)}M`;
}
