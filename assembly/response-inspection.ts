// What is the node told of a response? Its head and at most response_body_limit bytes of its body, when it has ended. It is
// never held.
import { BufferType, getHeaderPairs, HeaderMapType, HeaderPairs, StaticName } from "as-proxy-wasm";
import { BodyCollector } from "./body-collector";
import { bodyMemoryIsShort } from "./body-memory";
import { BodyPart, writeResponse } from "./node/message";
import { PolicyContext } from "./policy-context";
import { RequestId } from "./request-id";

const STATUS = StaticName.of(":status");

export class ResponseInspection {
  private readonly body: BodyCollector = new BodyCollector(BufferType.HttpResponseBody);
  private headers: HeaderPairs | null = null;
  private trailers: HeaderPairs | null = null;
  private beganAt: u64 = 0;

  constructor(
    private readonly policy: PolicyContext,
    private readonly id: RequestId,
    /** Microseconds since the epoch. */
    private readonly requestTime: u64,
  ) {}

  onHeaders(endOfStream: bool): void {
    this.headers = getHeaderPairs(HeaderMapType.HttpResponseHeaders);
    this.beganAt = this.policy.now() / 1000;
    if (endOfStream) this.send();
  }

  onBody(size: u32, endOfStream: bool): void {
    if (this.headers === null) return;
    this.body.take(size, this.room());
    if (endOfStream) this.send();
  }

  onTrailers(): void {
    this.trailers = getHeaderPairs(HeaderMapType.HttpResponseTrailers);
    this.send();
  }

  /** The stream has ended, perhaps in the middle of the response: what was seen is told. */
  onGone(): void {
    this.send();
  }

  private room(): u32 {
    if (!this.policy.config.parseResponses || bodyMemoryIsShort()) return 0;
    const limit = this.policy.config.responseBodyLimit;
    return limit > this.body.length ? limit - this.body.length : 0;
  }

  private send(): void {
    const headers = this.headers;
    if (headers === null) return; // never began, or was told
    this.headers = null;
    if (this.policy.outbox.isFull) this.policy.outbox.drop();
    else this.write(headers);
    this.body.clear();
  }

  private write(headers: HeaderPairs): void {
    const part = new BodyPart();
    part.held = this.body.held;
    part.length = this.body.length;
    part.bodySize = this.body.seen;
    part.truncated = this.body.seen > u64(this.body.length);
    part.trailers = this.trailers;
    const duration = this.beganAt > this.requestTime ? this.beganAt - this.requestTime : 0;
    const status = statusOf(headers);
    writeResponse(
      this.policy.outbox.begin(),
      this.id,
      this.beganAt,
      status,
      duration,
      headers,
      part,
    );
    this.policy.verbose.logResponse(this.id, status, headers, part);
    this.policy.outbox.send(this.id, 0, this.policy.now());
  }
}

function statusOf(headers: HeaderPairs): u32 {
  const index = headers.find(STATUS);
  let status: u32 = 0;
  for (let at = 0; index >= 0 && at < min(3, headers.valueLength(index)); at++) {
    status = status * 10 + headers.valueByte(index, at) - 0x30;
  }
  return status;
}
