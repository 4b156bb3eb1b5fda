// Which attacks does a request hold? The door of the detection engine.

import type { Attack } from "./attack.ts";
import { inspectRequest } from "./inspect.ts";
import type { InspectedRequest } from "./inspected-request.ts";
import { DEFAULT_LIMITS, type DetectionLimits } from "./limits.ts";

export type { InspectedRequest } from "./inspected-request.ts";
export type { Attack, AttackType } from "./attack.ts";
export { DEFAULT_LIMITS, type DetectionLimits } from "./limits.ts";
export { RULES } from "./rules/index.ts";

export interface DetectionOptions {
  /**
   * Points whose values are read as base64 whatever they look like, for example `query:data`. Elsewhere a value is read as
   * base64 too where it has the shape and holds text.
   */
  readonly base64Points?: readonly string[];
  readonly limits?: Partial<DetectionLimits>;
}

/** Never throws; time and memory are linear in the request's size, whatever it holds. */
export function inspect(request: InspectedRequest, options: DetectionOptions = {}): Attack[] {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  return inspectRequest(request, limits, options.base64Points ?? []);
}
