/** What stands in the chain for a filter whose VM has failed? An empty 503 for every request (Envoy: fail closed). */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import type { FilterCallbacks, StreamFilter } from "./filter.ts";

export class FailedFilter implements StreamFilter {
  readonly name = "a filter whose VM has failed";
  private readonly callbacks: FilterCallbacks;

  constructor(callbacks: FilterCallbacks) {
    this.callbacks = callbacks;
  }

  decodeHeaders(): number {
    const details = "wasm_fail_stream";
    this.callbacks.sendLocalReply({ code: 503, body: "", headers: [], grpcStatus: 14, details });
    return HeadersStatus.StopAllIterationAndWatermark;
  }

  decodeData(): number {
    return DataStatus.StopIterationNoBuffer;
  }

  decodeTrailers(): number {
    return TrailersStatus.StopIteration;
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

  onDestroy(): void {}
}
