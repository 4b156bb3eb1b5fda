/** What does each command need? */
import type { Progress } from "../progress.ts";

export interface Context {
  /** The repository, or the unpacked bundle. */
  readonly root: string;
  readonly progress: Progress;
}

/** `make publish DRY_RUN=1` hands variables over in the environment. */
export const isSet = (variable: string): boolean =>
  !["", "0", "false", "no"].includes((process.env[variable] ?? "").toLowerCase());
