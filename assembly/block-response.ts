// What does the client get when a request is refused? A status and a small JSON body, both with the request id, by which
// the operator finds the decision.
import { HttpContext, SerializedPairs, Status } from "as-proxy-wasm";
import { ClientAnswer } from "./node/reply";
import { RequestId } from "./request-id";

export const FORBIDDEN: u32 = 403;
export const CONTENT_TOO_LARGE: u32 = 413;

/** 403, for a verdict or for `fallback_action: block`; or the answer that the node has made. */
export function refuse(
  stream: HttpContext,
  id: RequestId,
  answer: ClientAnswer | null = null,
): Status {
  if (answer !== null) return send(stream, answer);
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
  const answer = new ClientAnswer();
  answer.status = status;
  answer.headers = new SerializedPairs()
    .add("content-type", "application/json")
    .add("cache-control", "no-store")
    .add("x-wallarm-request-id", requestId);
  const body = `{"error":"${error}","message":"${message}","requestId":"${requestId}"}`;
  // The details are what Envoy's access log shows as %RESPONSE_CODE_DETAILS%.
  answer.details = "wallarm_" + error;
  answer.body = String.UTF8.encode(body);
  return send(stream, answer);
}

function send(stream: HttpContext, answer: ClientAnswer): Status {
  const sent = stream.sendLocalResponse(
    answer.status,
    answer.details,
    answer.headers,
    answer.body,
    answer.grpcStatus,
  );
  // A host that takes no answer must not hold the request for ever, and must not let it go on either.
  return sent == Status.Ok ? sent : stream.reset();
}
