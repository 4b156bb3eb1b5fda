/** Attributes of the answer: `response`. */
import type { StreamInfo } from "../stream-info.ts";
import type { AttributeScope } from "./scope.ts";
import { headersValue, int, text, wrapper, type Value } from "./value.ts";

export function responseValue(scope: AttributeScope, info: StreamInfo): Value {
  const { responseHeaders: headers, responseTrailers: trailers } = scope;
  const bytes = (headers?.byteSize ?? 0) + (trailers?.byteSize ?? 0);
  return wrapper({
    code: () => (info.responseCode === undefined ? undefined : int(info.responseCode)),
    code_details: () =>
      info.responseCodeDetails === undefined ? undefined : text(info.responseCodeDetails),
    flags: () => int(info.responseFlags),
    headers: () => headersValue(headers),
    headers_bytes: () => int(headers?.byteSize ?? 0),
    trailers: () => headersValue(trailers),
    size: () => int(info.bytesSent),
    total_size: () => int(info.bytesSent + bytes),
    grpc_status: () => grpcStatus(scope),
    backend_latency: () => latency(info),
  });
}

function grpcStatus(scope: AttributeScope): Value | undefined {
  const told =
    scope.responseTrailers?.getFirst("grpc-status") ??
    scope.responseHeaders?.getFirst("grpc-status");
  return told !== undefined && /^\d+$/.test(told) ? int(Number(told)) : undefined;
}

function latency(info: StreamInfo): Value | undefined {
  const { firstUpstreamTx: sent, lastUpstreamRx: received } = info;
  return sent === undefined || received === undefined ? undefined : int(received - sent);
}
