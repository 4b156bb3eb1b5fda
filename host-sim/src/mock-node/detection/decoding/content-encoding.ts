// What is under the layers of Content-Encoding? Bounded, so that a zip bomb unfolds to the limit and no further; a cut stream
// gives what it holds so far.

import {
  constants,
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib";
import type { DetectionLimits } from "../limits.ts";
import { dataBomb, Overlimit } from "../overlimit.ts";

export interface UnfoldedBody {
  readonly bytes: Uint8Array;
  readonly decodings: readonly string[];
}

/** Throws an Overlimit where a layer unfolds to more than may be looked at, or there are too many. */
export function unfold(body: Uint8Array, encodings: string, limits: DetectionLimits): UnfoldedBody {
  const named = encodings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const layers = named.filter((name) => name !== "" && name !== "identity").reverse();
  const decodings: string[] = [];
  let bytes = body;
  for (const layer of layers) {
    const next = unfoldLayer(bytes, layer, decodings.length, limits);
    if (next === undefined) break;
    bytes = next;
    decodings.push(layer);
  }
  // A header that is missing or says something else hides nothing: gzip shows itself.
  while (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const next = unfoldLayer(bytes, "gzip", decodings.length, limits);
    if (next === undefined) break;
    bytes = next;
    decodings.push("gzip");
  }
  return { bytes, decodings };
}

/** Undefined: it is not what it is called. */
function unfoldLayer(
  bytes: Uint8Array,
  layer: string,
  above: number,
  { inflateLayers, inflatedBytes }: DetectionLimits,
): Uint8Array | undefined {
  const unfolded = unfolding(bytes, layer, inflatedBytes);
  if (unfolded !== undefined && above >= inflateLayers)
    throw new Overlimit(dataBomb(`it is packed in more than ${inflateLayers} layers`));
  return unfolded;
}

function unfolding(bytes: Uint8Array, layer: string, most: number): Uint8Array | undefined {
  if (layer === "gzip" || layer === "x-gzip") return bounded(bytes, most, gunzipSync);
  if (layer === "deflate")
    return bounded(bytes, most, inflateSync) ?? bounded(bytes, most, inflateRawSync);
  if (layer === "br") return bounded(bytes, most, brotliDecompressSync);
  return undefined;
}

type Decompress = typeof gunzipSync | typeof brotliDecompressSync;

function bounded(bytes: Uint8Array, most: number, decompress: Decompress): Uint8Array | undefined {
  const isBrotli = decompress === brotliDecompressSync;
  const finishFlush = isBrotli ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  try {
    return decompress(bytes, { finishFlush, maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") return undefined;
    throw new Overlimit(dataBomb(`a layer unfolds to more than ${most} bytes`));
  }
}
