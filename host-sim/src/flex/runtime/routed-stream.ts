/** Which API is a request for? Decided once its headers are there; from then on it is a stream of that API alone. */
import type { HeaderMap } from "../../envoy/header-map.ts";
import type { DownstreamCallbacks, StreamDecoder } from "../../envoy/http.ts";

export type ChooseStream = (headers: HeaderMap, downstream: DownstreamCallbacks) => StreamDecoder;

export class RoutedStream implements StreamDecoder, DownstreamCallbacks {
  readonly #downstream: DownstreamCallbacks;
  readonly #choose: ChooseStream;
  #onEnd: (() => void) | undefined;
  #stream: StreamDecoder | undefined;

  constructor(downstream: DownstreamCallbacks, choose: ChooseStream, onEnd: () => void) {
    this.#downstream = downstream;
    this.#choose = choose;
    this.#onEnd = onEnd;
  }

  // From the client

  decodeHeaders(headers: HeaderMap, endStream: boolean): void {
    this.#stream = this.#choose(headers, this);
    this.#stream.decodeHeaders(headers, endStream);
  }

  decodeData(data: Uint8Array, endStream: boolean): void {
    this.#stream?.decodeData(data, endStream);
  }

  decodeTrailers(trailers: HeaderMap): void {
    this.#stream?.decodeTrailers(trailers);
  }

  onDownstreamReset(): void {
    this.#stream?.onDownstreamReset();
    this.#end();
  }

  setDownstreamBlocked(blocked: boolean): void {
    this.#stream?.setDownstreamBlocked(blocked);
  }

  // To the client

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    this.#downstream.encodeHeaders(headers, endStream);
    if (endStream) this.#end();
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    this.#downstream.encodeData(data, endStream);
    if (endStream) this.#end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.#downstream.encodeTrailers(trailers);
    this.#end();
  }

  resetStream(): void {
    this.#downstream.resetStream();
    this.#end();
  }

  onAboveHighWatermark(): void {
    this.#downstream.onAboveHighWatermark();
  }

  onBelowLowWatermark(): void {
    this.#downstream.onBelowLowWatermark();
  }

  #end(): void {
    this.#onEnd?.();
    this.#onEnd = undefined;
  }
}
