/** What stands in the chain for a filter whose VM has failed? An empty 503 for every request (Envoy: fail closed). */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import { PassingAnswers } from "./passing-answers.ts";
import type { FilterCallbacks, StreamFilter } from "./filter.ts";

export class FailedFilter extends PassingAnswers implements StreamFilter {
  readonly name = "a filter whose VM has failed";
  private readonly callbacks: FilterCallbacks;

  constructor(callbacks: FilterCallbacks) {
    super();
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

  onDestroy(): void {}
}
