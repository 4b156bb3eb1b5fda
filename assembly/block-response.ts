// What does the client get when a request is refused? A status and a small JSON body, both with the request id, by which
// the operator finds the decision.
import { HttpContext, SerializedPairs, Status } from "as-proxy-wasm";
import { RequestId } from "./request-id";

export const FORBIDDEN: u32 = 403;
export const CONTENT_TOO_LARGE: u32 = 413;

/** 403, for a verdict or for `fallback_action: block`. */
export function refuse(stream: HttpContext, id: RequestId): Status {
  return reply(stream, id, FORBIDDEN, "forbidden", "The request was blocked.");
}

/** 413, for `request_body_overflow: block`. */
export function refuseTooLarge(stream: HttpContext, id: RequestId): Status {
  return reply(
    stream,
    id,
    CONTENT_TOO_LARGE,
    "content_too_large",
    "The request body is too large.",
  );
}

function reply(
  stream: HttpContext,
  id: RequestId,
  status: u32,
  error: string,
  message: string,
): Status {
  const requestId = id.toString();
  const headers = new SerializedPairs()
    .add("content-type", "application/json")
    .add("cache-control", "no-store")
    .add("x-wallarm-request-id", requestId);
  const body = `{"error":"${error}","message":"${message}","requestId":"${requestId}"}`;
  // The details are what Envoy's access log shows as %RESPONSE_CODE_DETAILS%.
  const details = "wallarm_" + error;
  const bytes = String.UTF8.encode(body);
  const sent = stream.sendLocalResponse(status, details, headers, bytes);
  // A host that takes no answer must not hold the request for ever, and must not let it go on either.
  return sent == Status.Ok ? sent : stream.reset();
}
