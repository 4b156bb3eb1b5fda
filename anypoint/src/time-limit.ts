/** How much time is left? One limit holds for a whole command, whatever it is made of. */
import { Problem, usageProblem } from "./problem.ts";

export const DEFAULT_LIMIT_SECONDS = 180;
const MOST_SECONDS = 3600;

export class TimeLimit {
  readonly seconds: number;
  private readonly end: number;

  constructor(seconds: number = DEFAULT_LIMIT_SECONDS) {
    this.seconds = seconds;
    this.end = Date.now() + seconds * 1000;
  }

  get leftMs(): number {
    return Math.max(0, this.end - Date.now());
  }

  /** `what` did not come to its end. */
  exceeded(what: string): Problem {
    return new Problem(
      "timeLimit",
      `${what} did not end within the time limit of ${this.seconds} s: see whether the platform is up ` +
        "(https://status.mulesoft.com), or allow more with TIMEOUT=<seconds>",
    );
  }
}

/** The value of --timeout, or of TIMEOUT. */
export function parseTimeLimit(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_LIMIT_SECONDS;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw usageProblem(
    `TIMEOUT: "${text}" is not allowed; allowed: whole seconds from 1 to ${MOST_SECONDS}`,
  );
}
