// At which points of a request must the rules look? Walks path, query, headers, body and trailers.

import type { InspectedRequest } from "./inspected-request.ts";
import { bodyPoints } from "./body-points.ts";
import { decodeUtf8 } from "./decoding/utf8.ts";
import { headerPoints } from "./header-points.ts";
import type { DetectionLimits } from "./limits.ts";
import type { Point } from "./point.ts";
import { pairPoints } from "./value-points.ts";

export function* pointsOf(request: InspectedRequest, limits: DetectionLimits): Generator<Point> {
  yield* startPoints("method", request.method);
  yield* startPoints("scheme", request.scheme ?? "");
  const mark = request.path.indexOf("?");
  const path = mark < 0 ? request.path : request.path.slice(0, mark);
  yield* pathPoints(decodeUtf8(path));
  if (mark >= 0) {
    yield* pairPoints("query", decodeUtf8(request.path.slice(mark + 1)), limits.formatDepth);
  }
  yield* headerPoints("header", request.headers, limits);
  yield* bodyPoints(request, limits);
  yield* headerPoints("trailer", request.trailers ?? [], limits);
}

/** Words are no news. */
function* startPoints(name: string, text: string): Generator<Point> {
  if (/\W/.test(text))
    yield { kind: "text", name, field: "", text: decodeUtf8(text), decodings: [] };
}

function* pathPoints(path: string): Generator<Point> {
  yield { kind: "path", name: "path", field: "", text: path, decodings: [] };
  let index = 0;
  for (const segment of path.split("/", 256)) {
    index += 1;
    // Words, numbers and dots alone are seen with the whole path.
    if (!/^[\w.~-]*$/.test(segment)) {
      const point: Point = {
        kind: "path",
        name: `path:${index - 1}`,
        field: "",
        text: segment,
        decodings: [],
      };
      yield point;
      if (segment.includes("+"))
        yield { ...point, text: segment.replaceAll("+", " "), decodings: ["plus"] };
    }
  }
}
