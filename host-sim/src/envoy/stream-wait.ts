/** What does a stream wait for? In words, for whoever waits for the stream and wonders. */
import type { FilterPath } from "./filter-path.ts";

export interface WaitingStream {
  readonly decoder: FilterPath;
  readonly encoder: FilterPath;
  readonly requestComplete: boolean;
}

export function whatStreamWaitsFor(stream: WaitingStream, answered: boolean): string {
  const held = [
    ...holders(stream.encoder, "the answer"),
    // The last one is the router, which passes on nothing.
    ...holders(stream.decoder, "the request", -1),
  ];
  if (held.length > 0) return held.join(", ");
  if (answered) return "the upstream has not ended its answer";
  return stream.requestComplete
    ? "the upstream has not answered"
    : "the upstream has not answered, the request has not ended";
}

function holders(path: FilterPath, what: string, end?: number): string[] {
  return path.filters
    .slice(0, end)
    .filter(({ iteration }) => iteration !== "continue")
    .map(({ filter }) => `${filterName(filter.name)} holds ${what}`);
}

const filterName = (name: string): string => (name === "" ? "the filter" : `filter "${name}"`);
