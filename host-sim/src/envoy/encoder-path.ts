/** How does an answer walk back through the filters to the client? (Envoy: FilterManager::encodeHeaders, …Data, …Trailers) */
import { DataStatus, HeadersStatus } from "../wasm/abi.ts";
import type { BodyBuffer, WatermarkCallbacks } from "./body-buffer.ts";
import { FilterPath, type ActiveFilter } from "./filter-path.ts";
import type { LocalReply } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import { badResponseHeaders, responseTooLarge } from "./own-replies.ts";

/** What the encoder needs of its stream. */
export interface EncoderOwner {
  readonly bufferLimit: number;
  readonly responseHeaders: HeaderMap | null;
  readonly localComplete: boolean;
  /** Everything of the answer has gone to the client. */
  readonly encodeComplete: boolean;
  sendHeaders(endStream: boolean): void;
  sendData(data: BodyBuffer, endStream: boolean): void;
  sendTrailers(trailers: HeaderMap): void;
  sendLocalReply(reply: LocalReply): void;
  holdUpstreamBack(blocked: boolean): void;
}

export class EncoderPath extends FilterPath {
  private readonly owner: EncoderOwner;
  protected readonly watermarks: WatermarkCallbacks;

  constructor(owner: EncoderOwner) {
    super();
    this.owner = owner;
    this.watermarks = {
      onAboveHighWatermark: () => {
        if (this.streaming) owner.holdUpstreamBack(true);
        else owner.sendLocalReply(responseTooLarge);
      },
      onBelowLowWatermark: () => owner.holdUpstreamBack(false),
    };
  }

  protected get limit(): number {
    return this.owner.bufferLimit;
  }

  get complete(): boolean {
    return this.owner.localComplete;
  }

  get canContinue(): boolean {
    return !this.owner.encodeComplete && !this.destroyed;
  }

  runHeaders(from: ActiveFilter | null, endStream: boolean): void {
    const headers = this.owner.responseHeaders;
    if (headers === null) return;
    for (let i = from === null ? 0 : from.index + 1; i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      entry.endStream = endStream;
      let status = this.call("headers", () => entry.filter.encodeHeaders(headers, endStream));
      if (this.aborted) status = HeadersStatus.StopIteration;
      const continued = entry.headersContinued;
      if (!entry.afterHeaders(status) || continued) return;
    }
    const problem = missingHeader(headers);
    if (problem !== null) this.owner.sendLocalReply(badResponseHeaders(problem));
    else this.owner.sendHeaders(endStream);
  }

  runData(from: ActiveFilter | null, data: BodyBuffer, endStream: boolean): void {
    const hadTrailers = this.trailers !== null;
    let addedBy: ActiveFilter | null = null;
    for (let i = this.start(from); i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      if (this.heldFor(entry, data) || entry.endStream) return;
      const last = endStream && this.trailers === null;
      entry.endStream = last;
      let status = this.call("data", () => entry.filter.encodeData(data, last));
      if (this.aborted) status = DataStatus.StopIterationNoBuffer;
      if (!hadTrailers && this.trailers !== null) addedBy ??= entry;
      if (!entry.afterData(status, data)) return;
    }
    if (this.destroyed) return;
    this.owner.sendData(data, endStream && addedBy === null);
    if (addedBy !== null) this.runTrailers(addedBy);
  }

  runTrailers(from: ActiveFilter | null): void {
    const trailers = this.trailers;
    if (trailers === null) return;
    for (let i = this.start(from); i < this.filters.length; i++) {
      const entry = this.filters[i]!;
      if (entry.stoppedAll) return;
      const status = this.call("trailers", () => entry.filter.encodeTrailers(trailers));
      entry.endStream = true;
      if (!entry.afterTrailers(status)) return;
    }
    if (!this.destroyed) this.owner.sendTrailers(trailers);
  }

  createTrailers(): HeaderMap {
    return (this.trailers ??= new HeaderMap([], "trailers"));
  }
}

/** Envoy: HeaderUtility::checkRequiredResponseHeaders. */
function missingHeader(headers: HeaderMap): string | null {
  const status = headers.getFirst(":status");
  if (status === undefined || !/^[1-9]\d\d$/.test(status))
    return "missing required header: :status";
  return null;
}
