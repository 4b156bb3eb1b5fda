/**
 * How do headers, body and trailers walk through a chain of filters, stop, and go on? The part of Envoy's filter manager
 * that is the same for requests and responses (source/common/http/filter_manager.cc, ActiveStreamFilterBase).
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import { BodyBuffer, type WatermarkCallbacks } from "./body-buffer.ts";
import type { PathCallbacks, StreamFilter } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";

type Iteration = "continue" | "stop-single" | "stop-all-buffer" | "stop-all-watermark";

/** Which callbacks of filters are running right now. */
export type Calling = "headers" | "data" | "trailers";

/** One filter's place in one direction. */
export class ActiveFilter implements PathCallbacks {
  /** Set as soon as the filter has been made, which needs these callbacks. */
  filter!: StreamFilter;
  readonly index: number;
  iteration: Iteration = "continue";
  headersContinued = false;
  endStream = false;
  /** Set while going on after everything was stopped: this filter itself has not seen what comes. */
  fromCurrent = false;
  private readonly path: FilterPath;

  constructor(path: FilterPath, index: number) {
    this.path = path;
    this.index = index;
  }

  get stoppedAll(): boolean {
    return this.iteration === "stop-all-buffer" || this.iteration === "stop-all-watermark";
  }

  get heldBody(): BodyBuffer | null {
    return this.path.held;
  }

  continueIteration(): void {
    const { path } = this;
    if (!path.canContinue) return;
    if (this.stoppedAll) this.fromCurrent = true;
    this.iteration = "continue";
    if (!this.headersContinued) {
      this.headersContinued = true;
      path.runHeaders(this, path.complete && path.held === null && path.trailers === null);
    }
    const hadTrailers = path.trailers !== null;
    if (path.held !== null) path.runData(this, path.held, path.complete && !hadTrailers);
    if (hadTrailers) path.runTrailers(this);
    this.fromCurrent = false;
  }

  addData(data: BodyBuffer, streaming: boolean): void {
    const { path } = this;
    if (path.calling === "trailers" && this.iteration === "continue") {
      path.runData(this, data, false);
      return;
    }
    path.streaming = streaming;
    path.hold(data);
  }

  addTrailers(): HeaderMap {
    return this.path.createTrailers();
  }

  afterHeaders(status: number): boolean {
    if (status === HeadersStatus.StopIteration) this.iteration = "stop-single";
    else if (status === HeadersStatus.StopAllIterationAndBuffer) this.iteration = "stop-all-buffer";
    else if (status === HeadersStatus.StopAllIterationAndWatermark) {
      this.iteration = "stop-all-watermark";
    } else {
      this.headersContinued = true;
      return true;
    }
    return false;
  }

  afterData(status: number, data: BodyBuffer): boolean {
    const { path } = this;
    if (status === DataStatus.Continue) {
      if (this.iteration !== "stop-single") return true;
      path.hold(data);
      this.continueIteration();
      return false;
    }
    this.iteration = "stop-single";
    if (status !== DataStatus.StopIterationNoBuffer) {
      path.streaming = status === DataStatus.StopIterationAndWatermark;
      path.hold(data);
    } else if (path.complete && path.trailers === null && path.held === null && !path.destroyed) {
      // The end of the stream must not get lost with the bytes that nobody holds.
      path.hold(new BodyBuffer());
    }
    return false;
  }

  afterTrailers(status: number): boolean {
    if (status === TrailersStatus.Continue) {
      if (this.iteration !== "stop-single") return true;
      this.continueIteration();
    } else if (this.iteration === "continue") {
      this.iteration = "stop-single";
    }
    return false;
  }
}

export abstract class FilterPath {
  readonly filters: ActiveFilter[] = [];
  held: BodyBuffer | null = null;
  trailers: HeaderMap | null = null;
  /** What happens when too much is held: the sender is held back (true), or the stream ends (false). */
  streaming = true;
  /** A local reply was sent from within a callback of this path: whatever it returns, nothing goes on. */
  aborted = false;
  calling: Calling | null = null;
  destroyed = false;

  abstract readonly complete: boolean;
  abstract readonly canContinue: boolean;
  abstract runHeaders(from: ActiveFilter | null, endStream: boolean): void;
  abstract runData(from: ActiveFilter | null, data: BodyBuffer, endStream: boolean): void;
  abstract runTrailers(from: ActiveFilter | null): void;
  protected abstract readonly limit: number;
  protected abstract readonly watermarks: WatermarkCallbacks;
  abstract createTrailers(): HeaderMap;

  create(index: number): ActiveFilter {
    return new ActiveFilter(this, index);
  }

  hold(data: BodyBuffer): void {
    if (this.held === data) return;
    this.held ??= new BodyBuffer(this.limit, this.watermarks);
    this.held.move(data);
  }

  /** Where body and trailers begin: at the filter that went on, or behind it. */
  protected start(from: ActiveFilter | null): number {
    if (from === null) return 0;
    return from.fromCurrent ? from.index : from.index + 1;
  }

  /** True if this filter takes nothing before it goes on: the body is held for it. */
  protected heldFor(entry: ActiveFilter, data: BodyBuffer): boolean {
    if (!entry.stoppedAll) return false;
    this.streaming = entry.iteration === "stop-all-watermark";
    this.hold(data);
    return true;
  }

  protected call<T>(calling: Calling, run: () => T): T {
    const outer = this.calling;
    this.calling = calling;
    try {
      return run();
    } finally {
      this.calling = outer;
    }
  }
}
