// What does one HTTP stream do at each callback of the host? This adapter only asks the inspection of the mode and turns its
// state into the host's statuses.
import {
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  getHeaderPairs,
  HeaderMapType,
} from "as-proxy-wasm";
import { Refusal, RefusableStream } from "./block-response";
import { BodyOverflow, WallarmMode } from "./config";
import { noteNoVerdict } from "./decision-log";
import { decide, Decision, FallbackAction } from "./failure-mode";
import { Outcome } from "./node/outcome";
import { Reply } from "./node/reply";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestCopy } from "./request-copy";
import { readRequestHead, RequestHead } from "./request-head";
import { RequestInspection } from "./request/request-inspection";
import { isGrpc, RequestKind, requestKind } from "./request-kind";
import { ResponseInspection } from "./response-inspection";

export class HttpFilter extends RefusableStream {
  private inspection: RequestInspection | null = null;
  private copy: RequestCopy | null = null;
  private response: ResponseInspection | null = null;
  private conversation: Conversation | null = null;
  /** Microseconds since the epoch. */
  private requestTime: u64 = 0;
  private isRefused: bool = false;
  private kind: RequestKind = RequestKind.Ordinary;
  /** Another one of this policy inspects the request. */
  private isLeftAlone: bool = false;

  constructor(contextId: u32, policy: PolicyContext) {
    super(contextId, policy, policy.ids.next());
  }

  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    this.requestTime = this.policy.now() / 1000;
    this.policy.learnIdentity();
    const config = this.policy.config;
    const waits = config.mode == WallarmMode.Sync;
    const isDead = this.policy.nodes.areAllDead;
    // Only for an answer of ours anything of it is looked at then: a dead node costs next to nothing.
    const isRead = !isDead || (waits && config.fallbackAction == FallbackAction.Block);
    const head = isRead ? this.readHead(!endOfStream) : null;
    if (this.isLeftAlone) return FilterHeadersStatus.Continue;
    if (isDead || head === null) {
      const why = isDead
        ? new Reply(Outcome.NodeDead).away()
        : new Reply(Outcome.Unread, "the gateway gave no headers");
      return this.isStopped(why) ? FilterHeadersStatus.StopIteration : FilterHeadersStatus.Continue;
    }
    const conversation = this.policy.transport.converse(this.id, head, this, waits);
    this.conversation = conversation;
    if (!waits) {
      this.copy = new RequestCopy(this.policy, this.id, head, conversation);
      this.copy!.onHeaders(this.kind, endOfStream);
      // Of those that nobody holds one alone is refused, for its body.
      if (endOfStream || config.requestBodyOverflow != BodyOverflow.Block) this.forgetHead();
      return FilterHeadersStatus.Continue;
    }
    const inspection = new RequestInspection(this.policy, this, head, conversation);
    this.inspection = inspection;
    inspection.onHeaders(head, this.kind, endOfStream);
    if (inspection.goesOn) return FilterHeadersStatus.Continue;
    // The gateway stops reading from the client when its buffer is full.
    return inspection.holdsBack
      ? FilterHeadersStatus.StopAllIterationAndWatermark
      : FilterHeadersStatus.StopIteration;
  }

  onRequestBody(size: u32, endOfStream: bool): FilterDataStatus {
    const copy = this.copy;
    if (copy !== null && !copy.onBody(size, endOfStream)) return this.stopTooLarge();
    const inspection = this.inspection;
    if (inspection === null) {
      return this.isRefused ? FilterDataStatus.StopIterationNoBuffer : FilterDataStatus.Continue;
    }
    return inspection.onBody(size, endOfStream);
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
    return inspection.goesOn ? FilterTrailersStatus.Continue : FilterTrailersStatus.StopIteration;
  }

  onResponseHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    const inspection = this.inspection;
    if (inspection !== null) inspection.onResponse();
    const conversation = this.conversation;
    if (conversation === null || !this.isReported) return FilterHeadersStatus.Continue;
    const response = new ResponseInspection(
      this.policy,
      this,
      this.id,
      this.requestTime,
      conversation,
      this.copy,
      this.kind,
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

  protected onAnswered(): void {
    const inspection = this.inspection;
    if (inspection !== null) inspection.onAnswered();
  }

  /** Our own answers are not the API's, and a request that no node has seen has no response there. */
  private get isReported(): bool {
    const copy = this.copy;
    if (copy !== null) return !this.isRefused;
    const inspection = this.inspection;
    return inspection !== null && inspection.isReported;
  }

  /** Null: the gateway gives none, or the request is left alone. */
  private readHead(hasBody: bool): RequestHead | null {
    const policy = this.policy;
    const config = policy.config;
    const head = readRequestHead(
      this.requestTime,
      config.realHostHeader,
      config.realIpHeader,
      config.trustedHops,
    );
    if (head === null) return null;
    this.isLeftAlone = policy.mark.claim(policy.telemetry, this.id, head, hasBody);
    if (this.isLeftAlone) return null;
    policy.addressWarning.note(policy.telemetry, this.id, head);
    this.asking = head.pairs;
    this.kind = requestKind(head);
    this.isGrpc = this.kind == RequestKind.Stream && isGrpc(head);
    return head;
  }

  /** The request can't be told: the same decision as when the node can't be asked. */
  private isStopped(reply: Reply): bool {
    if (this.policy.config.mode == WallarmMode.Async) {
      this.policy.outbox.note(this.id, reply);
      return false;
    }
    const config = this.policy.config;
    const decision = decide(reply, config.fallbackAction, config.unjudgedAction);
    this.policy.telemetry.countOutcome(reply.outcome);
    noteNoVerdict(this.policy.telemetry, this.id, decision, reply, this.policy.now());
    if (decision == Decision.LetThrough) return false;
    this.isRefused = true;
    this.refuse(Refusal.Forbidden);
    return true;
  }

  private stopTooLarge(): FilterDataStatus {
    this.policy.telemetry.countRefusal(Refusal.TooLarge);
    this.isRefused = true;
    this.copy!.onGone();
    this.copy = null;
    this.refuse(Refusal.TooLarge);
    return FilterDataStatus.StopIterationNoBuffer;
  }
}
