// How is a held stream let go of, ended, or answered by the module itself? ABI sections "Common HTTP and TCP stream
// operations" and "HTTP streams".
//
// Each function names the stream that it means, as answers to HTTP calls come back on the root context. In Envoy all of
// these take effect after the running callback.
import {
  proxy_close_stream,
  proxy_continue_stream,
  proxy_send_local_response,
} from "../abi/imports";
import { addressOf, sizeOf } from "../abi/memory";
import { SerializedPairs } from "../abi/serialized-pairs";
import { seen } from "../abi/status";
import { Status, StreamType } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";
import {
  getEffectiveContext,
  restoreEffectiveContext,
  setEffectiveContext,
} from "./context-lifecycle";

export function continueStream(contextId: u32, type: StreamType): Status {
  const before = getEffectiveContext();
  const status = setEffectiveContext(contextId);
  if (status != Status.Ok) return status;
  return restoreEffectiveContext(before, <Status>seen(proxy_continue_stream(type)));
}

export function closeStream(contextId: u32, type: StreamType): Status {
  const before = getEffectiveContext();
  const status = setEffectiveContext(contextId);
  if (status != Status.Ok) return status;
  return restoreEffectiveContext(before, <Status>seen(proxy_close_stream(type)));
}

export function sendLocalResponseOn(
  contextId: u32,
  statusCode: u32,
  details: string,
  headers: SerializedPairs | null,
  body: ArrayBuffer | null,
  grpcStatus: i32,
): Status {
  const before = getEffectiveContext();
  const status = setEffectiveContext(contextId);
  if (status != Status.Ok) return status;
  const detailsBytes = encodeUtf8(details);
  const headerBytes = headers !== null ? headers.bytes() : null;
  const sent = proxy_send_local_response(
    statusCode,
    addressOf(detailsBytes),
    sizeOf(detailsBytes),
    addressOf(body),
    sizeOf(body),
    addressOf(headerBytes),
    sizeOf(headerBytes),
    grpcStatus,
  );
  return restoreEffectiveContext(before, <Status>seen(sent));
}
