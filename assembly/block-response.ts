// What does the client get when a request is refused? A status and a body, both with the request id, by which the operator
// finds the decision: the operator's own text, or JSON, or HTML for those who would rather read that.
import { GrpcStatus, HttpContext, SerializedPairs, Status, stringToBytes } from "as-proxy-wasm";
import { prefersHtml } from "./accepted-form";
import { ClientAnswer } from "./node/reply";
import { PolicyContext } from "./policy-context";
import { REQUEST_ID_HEADER, RequestId } from "./request-id";

const CONTENT_TOO_LARGE: u32 = 413;
const REQUEST_ID = "${request_id}";

/** A stream that may have to be answered when its headers can't be read any more. */
export abstract class RefusableStream extends HttpContext {
  /** Of the request; null: none. */
  protected accept: ArrayBuffer | null = null;
  /** By us. */
  isAnswered: bool = false;
  /** Its answer becomes a status message, which is no page. */
  protected isGrpc: bool = false;

  constructor(
    contextId: u32,
    protected readonly policy: PolicyContext,
    protected readonly id: RequestId,
  ) {
    super(contextId);
  }

  /** `block_status`, for a verdict or for `fallback_action: block`; or the answer that the node has made. */
  refuse(answer: ClientAnswer | null = null): Status {
    if (answer !== null) return this.send(answer);
    const config = this.policy.config;
    const own = this.isGrpc ? "" : config.blockBody;
    return this.answer(config.blockStatus, "forbidden", "The request was blocked.", own);
  }

  /** 413, for `request_body_overflow: block`. */
  refuseTooLarge(): Status {
    return this.answer(CONTENT_TOO_LARGE, "content_too_large", "The request body is too large.");
  }

  private answer(status: u32, error: string, message: string, own: string = ""): Status {
    const id = this.id.toString();
    const isPage = own.length == 0 && !this.isGrpc && prefersHtml(this.accept);
    const body =
      own.length > 0
        ? own.split(REQUEST_ID).join(id)
        : isPage
          ? `<!doctype html><title>${message}</title><h1>${message}</h1><p>Request id: ${id}`
          : `{"error":"${error}","message":"${message}","requestId":"${id}"}`;
    const answer = new ClientAnswer();
    answer.status = status;
    // Whatever block_status is, gRPC clients are told that it is not permitted.
    if (status != CONTENT_TOO_LARGE) answer.grpcStatus = GrpcStatus.PermissionDenied;
    answer.headers = new SerializedPairs()
      .add("content-type", mediaType(body))
      .add("cache-control", "no-store")
      .add(REQUEST_ID_HEADER, id);
    // The details are what Envoy's access log shows as %RESPONSE_CODE_DETAILS%.
    answer.details = "wallarm_" + error;
    answer.body = stringToBytes(body);
    return this.send(answer);
  }

  private send(answer: ClientAnswer): Status {
    this.isAnswered = true;
    const sent = this.sendLocalResponse(
      answer.status,
      answer.details,
      answer.headers,
      answer.body,
      answer.grpcStatus,
    );
    // A host that takes no answer must not hold the request for ever, and must not let it go on either.
    return sent == Status.Ok ? sent : this.reset();
  }
}

/** By the first character that is no blank. */
function mediaType(body: string): string {
  const text = body.trimStart();
  if (text.startsWith("<")) return "text/html; charset=utf-8";
  if (text.startsWith("{") || text.startsWith("[")) return "application/json";
  return "text/plain; charset=utf-8";
}
