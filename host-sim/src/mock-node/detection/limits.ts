// How much work may one request cause, at most? All bounds of the engine in one place. What can't be looked at to its end for
// one of them is an attack itself (overlimit.ts): it never passes as if nothing were in it.

export interface DetectionLimits {
  /** Milliseconds for all of a request. */
  readonly milliseconds: number;
  /** Points (names and values) that are looked at. */
  readonly points: number;
  /** Characters that rules read in one request, all decoded copies included. */
  readonly scannedCharacters: number;
  /** Bytes that a layer of Content-Encoding may unfold to. */
  readonly inflatedBytes: number;
  /** Layers of Content-Encoding. */
  readonly inflateLayers: number;
  /** Decoded copies of one value. */
  readonly variants: number;
  /** Formats inside formats: JSON in a form field in a multipart part. What is packed deeper is read as text. */
  readonly formatDepth: number;
  /** Attacks in one answer. */
  readonly attacks: number;
}

export const DEFAULT_LIMITS: DetectionLimits = {
  milliseconds: Infinity,
  points: 4_000_000,
  scannedCharacters: 1024 * 1024 * 1024,
  inflatedBytes: 16 * 1024 * 1024,
  inflateLayers: 4,
  variants: 24,
  formatDepth: 4,
  attacks: 50,
};

/** Long values are read in windows, so that no rule sees more than this at once. */
export const WINDOW = 16 * 1024;
/** Windows overlap, so that an attack on a border is whole in one of them. */
export const WINDOW_OVERLAP = 1024;
