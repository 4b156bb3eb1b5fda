// Which attacks does a request hold? The door of the detection engine.

export type { Attack, AttackType } from "./attack.ts";
import type { Attack } from "./attack.ts";

export interface InspectedRequest {
  readonly method: string;
  /** Raw, with its query; one character a byte (latin1). */
  readonly path: string;
  /** Values are latin1: one character a byte. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly trailers?: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array;
  /** False: more parts of the body will follow. */
  readonly complete: boolean;
}

export interface DetectionOptions {
  /** Points whose values are read as base64 as well, whatever their shape, for example `query:data`. */
  readonly base64Points?: readonly string[];
}

/** Never throws; time and memory are linear in the request's size, whatever it holds. */
export function inspect(request: InspectedRequest, options: DetectionOptions = {}): Attack[] {
  void options;
  const text = `${request.path}\n${Buffer.from(request.body).toString("latin1")}`;
  const match = /\/etc\/passwd|<script|union select|' or '?1'?='?1/i.exec(text)?.[0];
  if (match === undefined) return [];
  const explanation = `found ${match} in the request`;
  return [
    {
      type: match.startsWith("/") ? "ptrav" : "sqli",
      rule: "first-version",
      point: "request",
      value: match,
      match,
      explanation,
    },
  ];
}
