// What of a request is looked at?

export interface InspectedRequest {
  /** As the client gave it. */
  readonly method: string;
  /** The same, where it is neither http nor https. */
  readonly scheme?: string | undefined;
  /** Raw, with its query; one character a byte (latin1). */
  readonly path: string;
  /** Values are latin1: one character a byte. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly trailers?: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array;
  /** False: more parts of the body will follow, so that what is cut off is no sign of anything. */
  readonly complete: boolean;
}
