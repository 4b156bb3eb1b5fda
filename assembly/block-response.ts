// What does the client get when a request is refused? A status and a body, both with the request id, by which the operator
// finds the decision: the operator's own text, or JSON, or HTML for those who would rather read that.
import {
  GrpcStatus,
  HeaderPairs,
  HttpContext,
  SerializedPairs,
  Status,
  stringToBytes,
} from "as-proxy-wasm";
import { acceptOf, prefersHtml } from "./accepted-form";
import { ClientAnswer } from "./node/reply";
import { PolicyContext } from "./policy-context";
import { REQUEST_ID_HEADER, RequestId } from "./request-id";

const REQUEST_ID = "${request_id}";

/** Why a request is answered by the policy. */
export enum Refusal {
  None,
  /** A verdict, or what `fallback_action` or `unjudged_action` says. */
  Forbidden,
  /** `request_body_overflow: block`. */
  TooLarge,
  /** The memory for held requests is full, and this client is slow. */
  SlowClient,
  /** The memory for held requests is full. */
  NoMemory,
  /** Its trailers were not announced, and no length was: its body can't be put back before them. */
  NoLength,
  /** It would have to go on in pieces, and the router keeps what it got, to send it again: the API would get it twice. */
  KeptByRouter,
}

function answerTo(refusal: Refusal): Answer {
  switch (refusal) {
    case Refusal.TooLarge:
      return new Answer(413, "content_too_large", "The request body is too large.");
    case Refusal.SlowClient:
      return new Answer(408, "request_timeout", "The request came too slowly.");
    case Refusal.NoMemory:
      return new Answer(503, "out_of_memory", "Too much is waiting for its verdict.");
    case Refusal.NoLength:
      return new Answer(411, "length_required", "A body with trailers needs a length.");
    case Refusal.KeptByRouter:
      return new Answer(413, "not_held", "The request can't be inspected in pieces.");
    default:
      return new Answer(0, "forbidden", "The request was blocked.");
  }
}

@final
class Answer {
  constructor(
    readonly status: u32,
    /** A word for clients and access logs. */
    readonly error: string,
    readonly message: string,
  ) {}
}

/** A stream that may have to be answered when its headers can't be read any more. */
export abstract class RefusableStream extends HttpContext {
  /** Headers of the request while it may be refused, for what its client would rather read. */
  protected asking: HeaderPairs | null = null;
  /** Of a request that went on: what its Accept headers said. */
  private accept: string = "";
  /** By us. */
  isAnswered: bool = false;
  /** Its answer becomes a status message, which is no page. */
  protected isGrpc: bool = false;

  constructor(
    contextId: u32,
    protected readonly policy: PolicyContext,
    readonly id: RequestId,
  ) {
    super(contextId);
  }

  /** The request goes on: only what is said of its response can be refused now, and only a processor says that. */
  forgetHead(): void {
    const asking = this.asking;
    this.asking = null;
    if (asking !== null && this.policy.config.speaksExtProc) this.accept = acceptOf(asking);
  }

  /** The client has its answer: nothing of its request goes on any more. */
  protected onAnswered(): void {}

  private get prefersHtml(): bool {
    const asking = this.asking;
    return prefersHtml(asking === null ? this.accept : acceptOf(asking));
  }

  /** Answers the client, with `answer` if the node has made one. */
  refuse(refusal: Refusal, answer: ClientAnswer | null = null): Status {
    if (answer !== null) return this.send(answer);
    const config = this.policy.config;
    const ours = answerTo(refusal);
    const isForbidden = refusal == Refusal.Forbidden;
    const id = this.id.toString();
    const own = isForbidden && !this.isGrpc ? config.blockBody : "";
    const made = new ClientAnswer();
    const body = own.length > 0 ? own.split(REQUEST_ID).join(id) : this.bodyOf(ours, id);
    made.status = isForbidden ? config.blockStatus : ours.status;
    // Whatever block_status is, gRPC clients learn that it is not permitted.
    if (isForbidden) made.grpcStatus = GrpcStatus.PermissionDenied;
    made.headers = new SerializedPairs()
      .add("content-type", mediaType(body))
      .add("cache-control", "no-store")
      .add(REQUEST_ID_HEADER, id);
    // The details are what Envoy's access log shows as %RESPONSE_CODE_DETAILS%.
    made.details = "wallarm_" + ours.error;
    made.body = stringToBytes(body);
    return this.send(made);
  }

  private bodyOf(answer: Answer, id: string): string {
    const message = answer.message;
    return this.prefersHtml && !this.isGrpc
      ? `<!doctype html><title>${message}</title><h1>${message}</h1><p>Request id: ${id}`
      : `{"error":"${answer.error}","message":"${message}","requestId":"${id}"}`;
  }

  private send(answer: ClientAnswer): Status {
    this.isAnswered = true;
    this.onAnswered();
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
