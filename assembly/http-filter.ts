// What does one HTTP stream do at each callback of the host? This adapter only asks the inspection of the mode and turns its
// state into the host's statuses.
import {
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  getHeaderPairs,
  HeaderMapType,
  HttpContext,
} from "as-proxy-wasm";
import { refuse, refuseTooLarge } from "./block-response";
import { WallarmMode } from "./config";
import { Decision, withoutVerdict } from "./failure-mode";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestCopy } from "./request-copy";
import { readRequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { RequestInspection } from "./request-inspection";
import { requestKind } from "./request-kind";
import { ResponseInspection } from "./response-inspection";
import { Metric } from "./telemetry";

export class HttpFilter extends HttpContext {
  private readonly id: RequestId;
  private inspection: RequestInspection | null = null;
  private copy: RequestCopy | null = null;
  private response: ResponseInspection | null = null;
  private conversation: Conversation | null = null;
  /** Microseconds since the epoch. */
  private requestTime: u64 = 0;
  private isRefused: bool = false;

  constructor(
    contextId: u32,
    private readonly policy: PolicyContext,
  ) {
    super(contextId);
    this.id = policy.ids.next();
  }

  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    this.requestTime = this.policy.now() / 1000;
    this.policy.learnIdentity();
    const config = this.policy.config;
    const head = readRequestHead(this.requestTime, config.realHostHeader, config.realIpHeader);
    if (head === null) return this.withoutHead();
    const waits = config.mode == WallarmMode.Sync;
    const conversation = this.policy.transport.converse(this.id, this, waits);
    this.conversation = conversation;
    if (!waits) {
      this.copy = new RequestCopy(this.policy, this.id, head, conversation);
      this.copy!.onHeaders(requestKind(head), endOfStream);
      return FilterHeadersStatus.Continue;
    }
    const inspection = new RequestInspection(this.policy, this, this.id, head, conversation);
    this.inspection = inspection;
    inspection.onHeaders(head, requestKind(head), endOfStream);
    return inspection.isReleased ? FilterHeadersStatus.Continue : FilterHeadersStatus.StopIteration;
  }

  onRequestBody(size: u32, endOfStream: bool): FilterDataStatus {
    const copy = this.copy;
    if (copy !== null && !copy.onBody(size, endOfStream)) return this.refuseTooLarge();
    const inspection = this.inspection;
    if (inspection === null) {
      return this.isRefused ? FilterDataStatus.StopIterationNoBuffer : FilterDataStatus.Continue;
    }
    inspection.onBody(size, endOfStream);
    if (inspection.isReleased) return FilterDataStatus.Continue;
    // With Watermark the host holds the bytes and pushes back on the client; with Buffer it would answer 413 at its limit.
    return inspection.isRefused
      ? FilterDataStatus.StopIterationNoBuffer
      : FilterDataStatus.StopIterationAndWatermark;
  }

  onRequestTrailers(count: u32): FilterTrailersStatus {
    const trailers = getHeaderPairs(HeaderMapType.HttpRequestTrailers);
    const copy = this.copy;
    if (copy !== null) copy.onTrailers(trailers);
    const inspection = this.inspection;
    if (inspection === null) {
      return this.isRefused ? FilterTrailersStatus.StopIteration : FilterTrailersStatus.Continue;
    }
    inspection.onTrailers(trailers);
    return inspection.isReleased
      ? FilterTrailersStatus.Continue
      : FilterTrailersStatus.StopIteration;
  }

  onResponseHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    const conversation = this.conversation;
    if (conversation === null || !this.isTold()) return FilterHeadersStatus.Continue;
    const response = new ResponseInspection(
      this.policy,
      this,
      this.id,
      this.requestTime,
      conversation,
      this.copy,
    );
    this.response = response;
    response.onHeaders(endOfStream);
    return response.isHeld ? FilterHeadersStatus.StopIteration : FilterHeadersStatus.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): FilterDataStatus {
    const response = this.response;
    if (response === null) return FilterDataStatus.Continue;
    response.onBody(size, endOfStream);
    return response.isHeld ? FilterDataStatus.StopIterationAndWatermark : FilterDataStatus.Continue;
  }

  onResponseTrailers(count: u32): FilterTrailersStatus {
    const response = this.response;
    if (response === null) return FilterTrailersStatus.Continue;
    response.onTrailers();
    return response.isHeld ? FilterTrailersStatus.StopIteration : FilterTrailersStatus.Continue;
  }

  /** The stream has ended, or the client has gone: what was seen is told, nothing of the stream is touched. */
  onDelete(): void {
    const copy = this.copy;
    if (copy !== null) copy.onGone();
    const inspection = this.inspection;
    if (inspection !== null) inspection.onGone();
    const response = this.response;
    if (response !== null) response.onGone();
    const conversation = this.conversation;
    if (conversation !== null) conversation.end();
  }

  /** Our own answers are not the API's, and a request that no node has seen has no response there. */
  private isTold(): bool {
    const copy = this.copy;
    if (copy !== null) return !copy.isLost && !this.isRefused;
    const inspection = this.inspection;
    return inspection !== null && inspection.isTold;
  }

  private withoutHead(): FilterHeadersStatus {
    const decision = withoutVerdict(this.policy.config.fallbackAction);
    if (decision == Decision.LetThrough) {
      this.policy.telemetry.count(Metric.FallbackPassed);
      return FilterHeadersStatus.Continue;
    }
    this.policy.telemetry.count(Metric.FallbackBlocked);
    this.isRefused = true;
    refuse(this, this.id);
    return FilterHeadersStatus.StopIteration;
  }

  private refuseTooLarge(): FilterDataStatus {
    this.policy.telemetry.count(Metric.RequestsTooLarge);
    this.isRefused = true;
    this.copy!.onGone();
    this.copy = null;
    refuseTooLarge(this, this.id);
    return FilterDataStatus.StopIterationNoBuffer;
  }
}
