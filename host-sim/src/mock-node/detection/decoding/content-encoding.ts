// What is under the layers of Content-Encoding? Bounded, so that a zip bomb unfolds to the limit and no further;
// a cut stream gives what it holds so far.

import {
  constants,
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib";
import type { DetectionLimits } from "../limits.ts";

export interface UnfoldedBody {
  readonly bytes: Uint8Array;
  readonly decodings: readonly string[];
}

export function unfold(body: Uint8Array, encodings: string, limits: DetectionLimits): UnfoldedBody {
  const named = encodings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const layers = named.filter((name) => name !== "" && name !== "identity").reverse();
  const decodings: string[] = [];
  let bytes = body;
  for (const layer of layers.slice(0, limits.inflateLayers)) {
    const next = unfoldLayer(bytes, layer, limits.inflatedBytes);
    if (next === undefined) break;
    bytes = next;
    decodings.push(layer);
  }
  // A header that is missing or says something else hides nothing: gzip shows itself.
  while (decodings.length < limits.inflateLayers && bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const next = unfoldLayer(bytes, "gzip", limits.inflatedBytes);
    if (next === undefined) break;
    bytes = next;
    decodings.push("gzip");
  }
  return { bytes, decodings };
}

function unfoldLayer(bytes: Uint8Array, layer: string, most: number): Uint8Array | undefined {
  if (layer === "gzip" || layer === "x-gzip") return bounded(bytes, most, gunzipSync);
  if (layer === "deflate")
    return bounded(bytes, most, inflateSync) ?? bounded(bytes, most, inflateRawSync);
  if (layer === "br") return bounded(bytes, most, brotliDecompressSync);
  return undefined;
}

type Decompress = typeof gunzipSync | typeof brotliDecompressSync;

/** Grows the output bound only where the stream needs it, and takes less of a stream that would pass the limit. */
function bounded(bytes: Uint8Array, most: number, decompress: Decompress): Uint8Array | undefined {
  const isBrotli = decompress === brotliDecompressSync;
  const finishFlush = isBrotli ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  for (let input = bytes; input.length > 0; input = input.subarray(0, input.length >> 2)) {
    try {
      return decompress(input, { finishFlush, maxOutputLength: most });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") return undefined;
    }
  }
  return undefined;
}
