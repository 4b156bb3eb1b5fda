/**
 * How is a single change made, so that nobody is left in doubt about its outcome? A platform that fails, is cut off or is late may have
 * done it all the same: then what is there is read.
 */
import { setTimeout } from "node:timers/promises";
import { Problem, type ProblemKind } from "../problem.ts";
import { unbroken } from "./unbroken.ts";
import { withMoreTime, type Workplace } from "./workplace.ts";

export interface Change<T> {
  readonly work: () => Promise<T>;
  /** What `work` gives, if it was done after all. */
  readonly look: (place: Workplace) => Promise<Done<T> | undefined>;
}

export interface Done<T> {
  readonly result: T;
}

/** Shown as a step, and brought to its end whatever is pressed meanwhile. */
export const attempt = <T>(place: Workplace, text: string, change: Change<T>): Promise<T> =>
  unbroken(place.progress, text, () => place.progress.step(text, () => settled(place, change)));

/** Done, with a note; or a Problem that says whether it was not done, or that nobody knows. */
export async function settled<T>(place: Workplace, { work, look }: Change<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || !mayBeDone(error)) throw error;
    const done = await lookAgain(place, look).catch(() => unknown(error));
    if (done === undefined) throw notDone(error);
    place.progress.note(`Note: it was done, though this was answered on the way: ${error.message}`);
    return done.result;
  }
}

const doubtful: readonly ProblemKind[] = ["unexpected", "unreachable", "timeLimit"];

const mayBeDone = ({ kind, origin }: Problem): boolean =>
  doubtful.includes(kind) || (kind === "refused" && origin === "platform");

const LOOKS = 3;
const LOOK_AGAIN_MS = 500;

/** What was cut off may be done a moment later. */
const lookAgain = <T>(place: Workplace, look: Change<T>["look"]): Promise<Done<T> | undefined> =>
  withMoreTime(place, async (now) => {
    for (let looked = 1; ; looked++) {
      const done = await look(now);
      if (done !== undefined || looked === LOOKS) return done;
      await setTimeout(LOOK_AGAIN_MS);
    }
  });

/** What was answered is over; what was not may be done later. */
function notDone(error: Problem): Problem {
  if (error.kind === "refused") return withWords(error, { end: ". Nothing was changed by this" });
  const detail = "The platform may do it yet: `make status` shows what is there.";
  return withWords(error, { end: ". Nothing was changed by this so far", detail });
}

function unknown(error: Problem): never {
  const line =
    "Whether it was done all the same is not known: `make status` shows what is there now.";
  throw withWords(error, { detail: line });
}

function withWords(
  { kind, message, details, origin }: Problem,
  { end = "", detail }: { end?: string; detail?: string },
): Problem {
  const all = detail === undefined ? details : [...details, detail];
  return new Problem(kind, `${message}${end}`, { details: all, origin });
}
