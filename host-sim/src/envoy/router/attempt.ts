/** What becomes of one try to send a request to its upstream? (Envoy: UpstreamRequest) */
import { sendChunks } from "../body-buffer.ts";
import type { Clock, TimerHandle } from "../clock.ts";
import { HeaderMap } from "../header-map.ts";
import type { Cluster, StreamResetReason, UpstreamCallbacks, UpstreamRequest } from "../http.ts";

export interface AttemptOwner {
  onAttemptHeaders(attempt: Attempt, headers: HeaderMap, endStream: boolean): void;
  onAttemptData(data: Uint8Array, endStream: boolean): void;
  onAttemptTrailers(trailers: HeaderMap): void;
  onAttemptReset(attempt: Attempt, reason: StreamResetReason, details: string): void;
  onAttemptSlow(attempt: Attempt): void;
  onAttemptBlocked(blocked: boolean): void;
}

export class Attempt implements UpstreamCallbacks {
  /** Another try has begun for it while it goes on. */
  repeated = false;
  /** All of the request has been handed over. */
  requestSent = false;
  /** The head has been handed over: from then on the upstream may have seen something. */
  headersSent = false;
  private readonly owner: AttemptOwner;
  private upstream: UpstreamRequest | null = null;
  private timer: TimerHandle | null = null;
  private blocked = false;
  private discarded = false;

  constructor(owner: AttemptOwner) {
    this.owner = owner;
  }

  // The request

  open(cluster: Cluster, headers: HeaderMap, endStream: boolean): void {
    const upstream = cluster.newStream(this);
    if (this.discarded) return;
    this.upstream = upstream;
    this.headersSent = true;
    this.requestSent = endStream;
    upstream.encodeHeaders(new HeaderMap(headers, "request"), endStream);
  }

  send(chunks: readonly Uint8Array[], endStream: boolean): void {
    if (endStream) this.requestSent = true;
    sendChunks(chunks, endStream, (chunk, end) => this.upstream?.encodeData(chunk, end));
  }

  sendTrailers(trailers: HeaderMap): void {
    this.requestSent = true;
    this.upstream?.encodeTrailers(trailers);
  }

  /** The time of one try begins once the request is complete. 0: there is no limit. */
  limitTime(milliseconds: number, clock: Clock): void {
    if (milliseconds === 0 || this.discarded || this.timer !== null) return;
    this.timer = clock.setTimeout(() => this.owner.onAttemptSlow(this), milliseconds);
  }

  readDisable(disable: boolean): void {
    this.upstream?.readDisable(disable);
  }

  /** Nothing comes of it any more. */
  discard(): void {
    if (this.discarded) return;
    this.stop();
    this.upstream?.resetStream();
  }

  /** Its answer is complete; what was not sent of the request is not sent any more. */
  end(): void {
    if (this.requestSent) this.stop();
    else this.discard();
  }

  private stop(): void {
    this.discarded = true;
    this.timer?.cancel();
    this.setBlocked(false);
  }

  private setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    this.owner.onAttemptBlocked(blocked);
  }

  // The answer

  decodeHeaders(headers: HeaderMap, endStream: boolean): void {
    const status = Number(headers.getFirst(":status"));
    // 100 and its like are not for the filters; 101 is an answer.
    if (this.discarded || (status < 200 && status !== 101)) return;
    this.timer?.cancel();
    this.owner.onAttemptHeaders(this, headers, endStream);
  }

  decodeData(data: Uint8Array, endStream: boolean): void {
    if (!this.discarded) this.owner.onAttemptData(data, endStream);
  }

  decodeTrailers(trailers: HeaderMap): void {
    if (!this.discarded) this.owner.onAttemptTrailers(trailers);
  }

  onResetStream(reason: StreamResetReason, details: string): void {
    if (this.discarded) return;
    this.stop();
    this.owner.onAttemptReset(this, reason, details);
  }

  onUpstreamBlocked(blocked: boolean): void {
    if (!this.discarded) this.setBlocked(blocked);
  }
}
