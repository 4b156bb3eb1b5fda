/** Which filters does one stream run through, in which order each way? Made once the request's headers are known. */
import type { DecoderPath } from "./decoder-path.ts";
import type { EncoderPath } from "./encoder-path.ts";
import type { FilterCallbacks, StreamFilter } from "./filter.ts";

export type StreamFilterFactory = (callbacks: FilterCallbacks) => StreamFilter;

/** What all filters of a stream are given alike. */
export type CommonCallbacks = Pick<FilterCallbacks, "info" | "sendLocalReply" | "resetStream">;

/** The last factory is the router's, which makes the answer. */
export function createFilterChain(
  factories: readonly StreamFilterFactory[],
  decoderPath: DecoderPath,
  encoderPath: EncoderPath,
  common: CommonCallbacks,
): StreamFilter[] {
  // Answers walk the other way: the last filter sees them first.
  const router = factories.length - 1;
  const encoders = factories.map((_, i) => encoderPath.create(router - 1 - i));
  return factories.map((factory, i) => {
    const decoder = decoderPath.create(i);
    const encoder = encoders[i]!;
    const filter = factory({ decoder, encoder, ...common });
    decoder.filter = filter;
    encoder.filter = filter;
    decoderPath.filters.push(decoder);
    if (i < router) encoderPath.filters.unshift(encoder);
    return filter;
  });
}
