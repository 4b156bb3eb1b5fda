/** How does a request walk through the filters to the router? (Envoy: FilterManager::decodeHeaders, …Data, …Trailers) */
import { HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import type { BodyBuffer, WatermarkCallbacks } from "./body-buffer.ts";
import { FilterPath, type ActiveFilter } from "./filter-path.ts";
import type { LocalReply } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import { requestTooLarge } from "./own-replies.ts";

/** What the decoder needs of its stream. */
export interface DecoderOwner {
  readonly bufferLimit: number;
  readonly requestHeaders: HeaderMap | null;
  /** The client has sent everything. */
  readonly requestComplete: boolean;
  /** The answer is complete as far as its maker is concerned: nobody waits for more of the request. */
  readonly localComplete: boolean;
  executePreparedLocalReply(): void;
  sendLocalReply(reply: LocalReply): void;
  holdClientBack(blocked: boolean): void;
}

export class DecoderPath extends FilterPath {
  private readonly owner: DecoderOwner;
  protected readonly watermarks: WatermarkCallbacks;

  constructor(owner: DecoderOwner) {
    super();
    this.owner = owner;
    this.watermarks = {
      onAboveHighWatermark: () => {
        if (this.streaming) owner.holdClientBack(true);
        else owner.sendLocalReply(requestTooLarge);
      },
      onBelowLowWatermark: () => owner.holdClientBack(false),
    };
  }

  protected get limit(): number {
    return this.owner.bufferLimit;
  }

  get complete(): boolean {
    return this.owner.requestComplete;
  }

  get canContinue(): boolean {
    return !this.owner.localComplete && !this.destroyed;
  }

  runHeaders(from: ActiveFilter | null, endStream: boolean): void {
    const headers = this.owner.requestHeaders;
    if (headers === null) return;
    for (let i = from === null ? 0 : from.index + 1; i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      entry.endStream = endStream;
      let status = this.call("headers", () => entry.filter.decodeHeaders(headers, endStream));
      if (this.aborted) {
        this.owner.executePreparedLocalReply();
        status = HeadersStatus.StopIteration;
      }
      // If the filter has gone on within this callback and says Continue too, those behind it see the headers twice: so the
      // router sends a second request, as Envoy's does (test/host-sim/same-as-envoy.test.ts).
      if (!entry.afterHeaders(status) || this.owner.localComplete) return;
    }
  }

  runData(from: ActiveFilter | null, data: BodyBuffer, endStream: boolean): void {
    if (this.owner.localComplete) return;
    const hadTrailers = this.trailers !== null;
    let addedBy: ActiveFilter | null = null;
    for (let i = this.start(from); i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      if (this.heldFor(entry, data) || entry.endStream) return;
      const last = endStream && this.trailers === null;
      entry.endStream = last;
      const status = this.call("data", () => entry.filter.decodeData(data, last));
      if (this.aborted) {
        this.owner.executePreparedLocalReply();
        return;
      }
      if (!hadTrailers && this.trailers !== null) addedBy ??= entry;
      if (!entry.afterData(status, data)) break;
    }
    if (addedBy !== null) this.runTrailers(addedBy);
  }

  runTrailers(from: ActiveFilter | null): void {
    if (this.owner.localComplete) return;
    const trailers = this.trailers;
    if (trailers === null) return;
    for (let i = this.start(from); i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      if (entry.stoppedAll) return;
      let status = this.call("trailers", () => entry.filter.decodeTrailers(trailers));
      entry.endStream = true;
      if (this.aborted) {
        this.owner.executePreparedLocalReply();
        status = TrailersStatus.StopIteration;
      }
      if (!entry.afterTrailers(status)) return;
    }
  }

  createTrailers(): HeaderMap {
    return (this.trailers ??= new HeaderMap([], "trailers"));
  }
}
