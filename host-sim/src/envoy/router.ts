/**
 * Where does a request go once all filters let it through? The last filter of each chain: sends it to a cluster, and
 * answers itself where none can (Envoy: source/common/router/router.cc).
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import { BodyBuffer } from "./body-buffer.ts";
import type { TimerHandle } from "./clock.ts";
import type { StreamFilter } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import type { StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "./http.ts";
import type { HttpStream } from "./http-stream.ts";
import type { Route, RouteTable } from "./route.ts";
import { ResponseFlag } from "./stream-info.ts";
import { upstreamFailure } from "./upstream-failure.ts";

export class Router implements StreamFilter {
  readonly name = "router";
  private readonly stream: HttpStream;
  private readonly routes: RouteTable;
  private upstream: UpstreamRequest | null = null;
  private timer: TimerHandle | null = null;
  private route: Route | null = null;
  private sentAt = 0;
  private requestSent = false;
  private responseStarted = false;
  private done = false;
  private readonly answer: UpstreamCallbacks = {
    decodeHeaders: (headers, endStream) => this.onUpstreamHeaders(headers, endStream),
    decodeData: (data, endStream) => this.onUpstreamData(data, endStream),
    decodeTrailers: (trailers) => this.onUpstreamTrailers(trailers),
    onResetStream: (reason, details) => this.onUpstreamReset(reason, details),
    onUpstreamBlocked: (blocked) => this.onUpstreamBlocked(blocked),
  };

  constructor(stream: HttpStream, routes: RouteTable) {
    this.stream = stream;
    this.routes = routes;
  }

  // The request

  decodeHeaders(headers: HeaderMap, endStream: boolean): number {
    const { stream } = this;
    const route = this.routes.match(headers);
    this.route = route;
    if (route === null) return this.refuse(404, "", "route_not_found", ResponseFlag.NoRouteFound);
    const cluster = this.routes.cluster(route.cluster);
    if (cluster === undefined) {
      return this.refuse(503, "", "cluster_not_found", ResponseFlag.NoClusterFound);
    }
    stream.info.clusterName = cluster.name;
    if (!cluster.hasHosts) {
      const flag = ResponseFlag.NoHealthyUpstream;
      return this.refuse(503, "no healthy upstream", "no_healthy_upstream", flag);
    }
    if (route.timeoutMs > 0) {
      headers.set("x-envoy-expected-rq-timeout-ms", String(route.timeoutMs));
    }
    rewritePath(route, headers);
    this.begin(cluster.newStream(this.answer), headers, endStream);
    return HeadersStatus.StopIteration;
  }

  private begin(upstream: UpstreamRequest, headers: HeaderMap, endStream: boolean): void {
    if (this.done) return;
    const { stream } = this;
    this.upstream = upstream;
    this.sentAt = stream.clock.now();
    stream.info.attempts += 1n;
    stream.info.firstUpstreamTx ??= stream.clock.monotonicNs();
    stream.setUpstream((held) => this.upstream?.readDisable(held));
    upstream.encodeHeaders(new HeaderMap(headers, "request"), endStream);
    if (endStream) this.onRequestSent();
  }

  decodeData(data: BodyBuffer, endStream: boolean): number {
    const chunks = data.take();
    const last = chunks.pop();
    for (const chunk of chunks) this.upstream?.encodeData(chunk, false);
    if (last !== undefined || endStream) {
      this.upstream?.encodeData(last ?? new Uint8Array(0), endStream);
    }
    if (endStream) this.onRequestSent();
    return DataStatus.StopIterationNoBuffer;
  }

  decodeTrailers(trailers: HeaderMap): number {
    this.upstream?.encodeTrailers(trailers);
    this.onRequestSent();
    return TrailersStatus.StopIteration;
  }

  private onRequestSent(): void {
    this.requestSent = true;
    const timeout = this.route?.timeoutMs ?? 0;
    if (timeout > 0 && !this.done) {
      this.timer = this.stream.clock.setTimeout(() => this.onTimeout(), timeout);
    }
  }

  // The answer

  private onUpstreamBlocked(blocked: boolean): void {
    this.stream.holdClientBack(blocked);
  }

  private onUpstreamHeaders(headers: HeaderMap, endStream: boolean): void {
    const status = Number(headers.getFirst(":status"));
    // 100 and its like are not for the filters; 101 is an answer.
    if (this.done || this.responseStarted || (status < 200 && status !== 101)) return;
    this.responseStarted = true;
    const response = new HeaderMap(headers, "response");
    // Of a request that is still being sent, as an upgrade is, Envoy does not know.
    if (this.requestSent) {
      const elapsed = Math.max(0, this.stream.clock.now() - this.sentAt);
      response.set("x-envoy-upstream-service-time", String(elapsed));
    }
    this.stream.info.responseCode = status;
    this.stream.info.responseCodeDetails = "via_upstream";
    if (endStream) this.onResponseEnd();
    this.stream.encodeHeaders(response, endStream);
  }

  private onUpstreamData(data: Uint8Array, endStream: boolean): void {
    if (this.done) return;
    if (endStream) this.onResponseEnd();
    this.stream.encodeData(BodyBuffer.of(data), endStream);
  }

  private onUpstreamTrailers(trailers: HeaderMap): void {
    if (this.done) return;
    this.onResponseEnd();
    this.stream.encodeTrailers(new HeaderMap(trailers, "trailers"));
  }

  private onUpstreamReset(reason: StreamResetReason, details: string): void {
    if (this.done) return;
    const failure = upstreamFailure(reason, details);
    this.stream.info.responseFlags |= failure.flag;
    this.stream.info.upstreamFailure = failure.transportFailure;
    if (this.responseStarted) this.stream.info.responseCodeDetails = failure.detailsAfter;
    this.fail(failure.code, failure.body, failure.details);
  }

  private onTimeout(): void {
    if (this.done) return;
    this.upstream?.resetStream();
    this.stream.info.responseFlags |= ResponseFlag.UpstreamRequestTimeout;
    this.fail(504, "upstream request timeout", "response_timeout");
  }

  /** The upstream is lost: an answer if none has begun, else the client is cut off. */
  private fail(code: number, body: string, details: string): void {
    this.finish();
    if (this.responseStarted) this.stream.resetStream();
    else this.stream.sendLocalReply({ code, body, headers: [], grpcStatus: undefined, details });
  }

  private refuse(code: number, body: string, details: string, flag: bigint): number {
    this.finish();
    this.stream.info.responseFlags |= flag;
    this.stream.sendLocalReply({ code, body, headers: [], grpcStatus: undefined, details });
    return HeadersStatus.StopIteration;
  }

  private onResponseEnd(): void {
    this.stream.info.lastUpstreamRx = this.stream.clock.monotonicNs();
    const upstream = this.upstream;
    this.finish();
    // It answered without waiting for the whole request: nobody reads the rest.
    if (!this.requestSent) upstream?.resetStream();
  }

  private finish(): void {
    this.done = true;
    this.timer?.cancel();
    this.upstream = null;
    this.stream.setUpstream(null);
  }

  onDestroy(): void {
    const upstream = this.upstream;
    if (this.done) return;
    this.finish();
    upstream?.resetStream();
  }

  encodeHeaders(): number {
    return HeadersStatus.Continue;
  }

  encodeData(): number {
    return DataStatus.Continue;
  }

  encodeTrailers(): number {
    return TrailersStatus.Continue;
  }

  onLog(): void {}
}

/** As Envoy's prefix_rewrite and regex_rewrite: what the client asked for goes along. */
function rewritePath(route: Route, headers: HeaderMap): void {
  const path = headers.getFirst(":path");
  if (route.rewritePath === undefined || path === undefined) return;
  headers.set("x-envoy-original-path", path);
  headers.set(":path", route.rewritePath(path));
}
