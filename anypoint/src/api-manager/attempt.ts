/** How is a single change tried, so that nobody is left in doubt about its outcome? */
import { Problem, type ProblemKind } from "../problem.ts";
import type { Progress } from "../progress.ts";
import { unbroken } from "./unbroken.ts";

/** The platform may have done it, and its answer not have come. */
const doubtful: readonly ProblemKind[] = ["unexpected", "unreachable", "timeLimit"];

export async function attempt<T>(
  progress: Progress,
  text: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await unbroken(progress, text, () => progress.step(text, work));
  } catch (error) {
    if (!(error instanceof Problem) || !doubtful.includes(error.kind)) throw error;
    const details = [
      ...error.details,
      "Whether it was done all the same is not known: `make status` shows what is there now.",
    ];
    throw new Problem(error.kind, error.message, { details });
  }
}
