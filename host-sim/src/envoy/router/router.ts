/**
 * Where does a request go once all filters let it through? The last filter of each chain: sends it to a cluster, again where the
 * route's policies say so, and answers itself where none can (Envoy: source/common/router/router.cc).
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../../wasm/abi.ts";
import { BodyBuffer } from "../body-buffer.ts";
import type { TimerHandle } from "../clock.ts";
import type { PathCallbacks, StreamFilter } from "../filter.ts";
import { HeaderMap } from "../header-map.ts";
import type { Cluster, StreamResetReason } from "../http.ts";
import type { HttpStream } from "../http-stream.ts";
import { PassingAnswers } from "../passing-answers.ts";
import { rewritePath, type RouteTable } from "../route.ts";
import { ResponseFlag } from "../stream-info.ts";
import { upstreamFailure } from "../upstream-failure.ts";
import type { Attempt, AttemptOwner } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import { redirect } from "./internal-redirect.ts";
import { KeptBody } from "./kept-body.ts";
import { Mirrors } from "./mirrors.ts";
import * as refusals from "./refusals.ts";
import type { RoutePolicies } from "./route-policies.ts";
import { Timeouts } from "./timeouts.ts";

export class Router extends PassingAnswers implements StreamFilter, AttemptOwner {
  readonly name = "router";
  private readonly stream: HttpStream;
  private readonly routes: RouteTable;
  private readonly body: KeptBody;
  private readonly attempts: Attempts;
  private readonly mirrors = new Mirrors();
  private timer: TimerHandle | null = null;
  private policies: RoutePolicies = {};
  private timeouts: Timeouts | null = null;
  private cluster: Cluster | null = null;
  private headers: HeaderMap | null = null;
  private trailers: HeaderMap | null = null;
  private sentAt = 0;
  private requestEnded = false;
  private responseStarted = false;
  private done = false;

  constructor(stream: HttpStream, routes: RouteTable, path: PathCallbacks) {
    super();
    this.stream = stream;
    this.routes = routes;
    this.body = new KeptBody(path, stream.bufferLimit);
    this.attempts = new Attempts(stream.clock, stream.info, () => this.sendAgain());
  }

  // The request

  decodeHeaders(headers: HeaderMap, endStream: boolean): number {
    const { stream } = this;
    const route = this.routes.match(headers);
    if (route === null) return this.refuse(refusals.noRoute);
    this.policies = route.policies ?? {};
    this.timeouts = new Timeouts(route);
    const cluster = this.routes.cluster(route.cluster);
    if (cluster === undefined) return this.refuse(refusals.noCluster);
    stream.info.clusterName = cluster.name;
    if (!cluster.hasHosts) return this.refuse(refusals.noHost);
    this.cluster = cluster;
    this.headers = headers;
    rewritePath(route, headers);
    this.attempts.allow(this.policies.retryPolicy, headers);
    this.sentAt = stream.clock.now();
    stream.setUpstream((held) => this.attempts.newest?.readDisable(held));
    this.begin(cluster, headers, endStream);
    this.mirrors.open(this.policies.requestMirrorPolicies, this.routes, headers, endStream);
    if (endStream) this.onRequestComplete();
    return HeadersStatus.StopIteration;
  }

  private begin(cluster: Cluster, headers: HeaderMap, endStream: boolean): Attempt {
    const expected = this.timeouts?.expected(this.stream.clock.now() - this.sentAt);
    if (expected !== undefined) headers.set("x-envoy-expected-rq-timeout-ms", expected);
    return this.attempts.begin(this, cluster, headers, endStream);
  }

  decodeData(data: BodyBuffer, endStream: boolean): number {
    const keeps = this.keeps(data);
    if (this.done) return DataStatus.StopIterationNoBuffer;
    this.mirrors.send(data.peek(), endStream);
    this.attempts.newest?.send(keeps ? data.peek() : data.take(), endStream);
    if (keeps) this.body.keep(data);
    if (endStream) this.onRequestComplete();
    return DataStatus.StopIterationNoBuffer;
  }

  /** Is this data kept to be sent again? What the limit does not allow ends all keeping. */
  private keeps(data: BodyBuffer): boolean {
    const { internalRedirectPolicy } = this.policies;
    if (!this.attempts.mayRepeat && internalRedirectPolicy === undefined) return false;
    if (this.body.fits(data)) return true;
    this.attempts.repeatNoMore();
    if (this.attempts.newest === undefined) this.fail(refusals.lostForRetry);
    return false;
  }

  decodeTrailers(trailers: HeaderMap): number {
    this.mirrors.sendTrailers(trailers);
    this.attempts.newest?.sendTrailers(trailers);
    this.trailers = trailers;
    this.onRequestComplete();
    return TrailersStatus.StopIteration;
  }

  private onRequestComplete(): void {
    this.requestEnded = true;
    if (this.done || this.attempts.newest === undefined) return;
    const { totalMs = 0, perTryMs = 0 } = this.timeouts ?? {};
    const late = (): void => this.fail(refusals.tooSlow);
    if (totalMs > 0) this.timer = this.stream.clock.setTimeout(late, totalMs);
    this.attempts.limitTime(perTryMs);
  }

  /** What lies in the buffer now, whoever put it there. */
  private sendAgain(): void {
    const { cluster, headers, trailers } = this;
    if (this.done || cluster === null || headers === null) return;
    if (!cluster.hasHosts) return this.fail(refusals.noHost);
    const { chunks } = this.body;
    const complete = this.requestEnded && trailers === null;
    const attempt = this.begin(cluster, headers, complete && chunks === null);
    if (chunks !== null) attempt.send(chunks, complete);
    if (trailers !== null) attempt.sendTrailers(trailers);
    if (this.requestEnded) this.attempts.limitTime(this.timeouts?.perTryMs ?? 0);
  }

  // The answer

  onAttemptBlocked(blocked: boolean): void {
    this.stream.holdClientBack(blocked);
  }

  onAttemptHeaders(attempt: Attempt, headers: HeaderMap, endStream: boolean): void {
    if (this.done || this.responseStarted) return;
    const decision = this.attempts.afterHeaders(attempt, headers);
    if (decision === "retry" || this.redirected(headers)) return;
    if (decision === "exhausted") {
      this.stream.info.responseFlags |= ResponseFlag.UpstreamRetryLimitExceeded;
      if (this.attempts.leaveToOthers(attempt)) return;
    }
    this.attempts.choose(attempt);
    this.respond(headers, endStream);
  }

  private redirected(response: HeaderMap): boolean {
    const policy = this.policies.internalRedirectPolicy;
    const { headers, stream } = this;
    if (policy === undefined || headers === null || !this.requestEnded) return false;
    if (this.body.overflowed && this.body.chunks !== null) return false;
    const found = redirect(policy, headers, response, stream.redirects);
    if (found === null) return false;
    if (found.dropsBody) this.body.drop();
    this.stop();
    stream.recreate(response);
    return true;
  }

  private respond(headers: HeaderMap, endStream: boolean): void {
    const { info, clock } = this.stream;
    this.responseStarted = true;
    const response = new HeaderMap(headers, "response");
    // Of a request that is still being sent, as an upgrade is, Envoy does not know.
    if (this.requestEnded) {
      const elapsed = Math.max(0, clock.now() - this.sentAt);
      response.set("x-envoy-upstream-service-time", String(elapsed));
    }
    info.responseCode = Number(headers.getFirst(":status"));
    info.responseCodeDetails = "via_upstream";
    if (endStream) this.onResponseEnd();
    this.stream.encodeHeaders(response, endStream);
  }

  onAttemptData(data: Uint8Array, endStream: boolean): void {
    if (endStream) this.onResponseEnd();
    this.stream.encodeData(BodyBuffer.of(data), endStream);
  }

  onAttemptTrailers(trailers: HeaderMap): void {
    this.onResponseEnd();
    this.stream.encodeTrailers(new HeaderMap(trailers, "trailers"));
  }

  onAttemptReset(attempt: Attempt, reason: StreamResetReason, details: string): void {
    if (this.done) return;
    const { info } = this.stream;
    const decision = this.responseStarted ? "no" : this.attempts.afterReset(attempt, reason);
    if (decision === "exhausted") info.responseFlags |= ResponseFlag.UpstreamRetryLimitExceeded;
    if (decision === "retry" || (!this.responseStarted && this.attempts.othersFollow)) return;
    const failure = upstreamFailure(reason, details);
    info.upstreamFailure = failure.transportFailure;
    if (this.responseStarted) info.responseCodeDetails = failure.detailsAfter;
    const { code, body, details: why, flag } = failure;
    this.fail(refusals.refusal(code, body, why, flag));
  }

  onAttemptSlow(attempt: Attempt): void {
    if (this.done || this.responseStarted) return;
    if (this.timeouts?.hedges === true) {
      this.attempts.hedge(attempt);
      return;
    }
    if (this.attempts.afterReset(attempt, "local reset") === "retry") return;
    this.fail(refusals.oneTryTooSlow);
  }

  /** The upstream is lost: an answer if none has begun, else the client is cut off. */
  private fail({ reply, flag }: refusals.Refusal): void {
    if (this.done) return;
    this.stop();
    this.stream.info.responseFlags |= flag;
    if (this.responseStarted) this.stream.resetStream();
    else this.stream.sendLocalReply(reply);
  }

  private refuse(refusal: refusals.Refusal): number {
    this.fail(refusal);
    return HeadersStatus.StopIteration;
  }

  /** An upstream that answered without waiting for the whole request gets no more of it. */
  private onResponseEnd(): void {
    this.stream.info.lastUpstreamRx = this.stream.clock.monotonicNs();
    const answered = this.attempts.newest;
    this.finish();
    answered?.end();
  }

  private stop(): void {
    this.finish();
    this.attempts.end();
  }

  private finish(): void {
    this.done = true;
    this.timer?.cancel();
    this.stream.setUpstream(null);
  }

  onDestroy(): void {
    this.mirrors.cancel();
    if (this.done) return;
    this.stop();
  }
}
