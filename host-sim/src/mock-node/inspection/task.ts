/** What is handed to a worker, and what is shared with it? */
import type { DetectionLimits, InspectedRequest } from "../detection/index.ts";

export interface Task {
  readonly request: InspectedRequest;
  readonly base64Points: readonly string[];
  readonly limits: Partial<DetectionLimits>;
  /** One number: when the worker began, milliseconds since the epoch; 0 before. */
  readonly begun: Float64Array;
}
