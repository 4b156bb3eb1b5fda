/** What has come of an act? */
import type { DemoAnswer } from "./client.ts";

export interface Outcome {
  readonly answer: DemoAnswer;
  readonly reachedApi: boolean;
  /** Where the reason was found, and the reason; undefined if it was not. */
  readonly why: string | undefined;
  readonly right: boolean;
}
