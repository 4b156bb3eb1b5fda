// How much work may one request cause, at most? All bounds of the engine in one place.

export interface DetectionLimits {
  /** Points (names and values) that are looked at. */
  readonly points: number;
  /** Characters that rules read in one request, all decoded copies included. */
  readonly scannedCharacters: number;
  /** Bytes that all layers of Content-Encoding may unfold to. */
  readonly inflatedBytes: number;
  /** Layers of Content-Encoding. */
  readonly inflateLayers: number;
  /** Decoded copies of one value. */
  readonly variants: number;
  /** Formats inside formats: JSON in a form field in a multipart part. */
  readonly formatDepth: number;
  /** Attacks in one answer. */
  readonly attacks: number;
}

export const DEFAULT_LIMITS: DetectionLimits = {
  points: 20_000,
  scannedCharacters: 48 * 1024 * 1024,
  inflatedBytes: 16 * 1024 * 1024,
  inflateLayers: 4,
  variants: 12,
  formatDepth: 4,
  attacks: 50,
};

/** Long values are read in windows, so that no rule sees more than this at once. */
export const WINDOW = 16 * 1024;
/** Windows overlap, so that an attack on a border is whole in one of them. */
export const WINDOW_OVERLAP = 1024;
