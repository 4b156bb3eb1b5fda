/**
 * What can go wrong, and with which exit status does it end? A closed list; docs/publish.md tells users the same. Each problem
 * is one line that says what to do next; `details` are lines that only some need, like what is on Exchange by now.
 */

export const exitStatus = {
  /** A mistake of this tool, or something that nobody thought of. */
  unexpected: 1,
  /** The command, Cargo.toml, a configuration file or the build is to be mended; nothing was sent. */
  usage: 2,
  /** No credentials, or the platform does not take them (401). */
  credentials: 3,
  /** The user may not do this, or not in this business group (403). */
  forbidden: 4,
  /** The version, or the policy on an API, is already there (409). */
  exists: 5,
  /** The platform found something wrong with what was sent (400), or is not there (404), or failed (5xx). */
  refused: 6,
  /** No connection, or no trusted one. */
  unreachable: 7,
  /** No end within the time limit. */
  timeLimit: 8,
  /** Only a part of what belongs together was done; `details` say which. */
  partlyDone: 9,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ProblemKind = keyof typeof exitStatus;

/** `verdict`: the platform looked at what was sent, and said no. `platform`: it failed. `here`: on this machine, or on the way. */
export type ProblemOrigin = "here" | "platform" | "verdict";

/** Of a refusal, by its HTTP status. */
export const originOf = (status: number): ProblemOrigin =>
  status >= 500 || status === 429 ? "platform" : "verdict";

export interface ProblemFacts {
  readonly details?: readonly string[];
  /** Default: `here`. */
  readonly origin?: ProblemOrigin;
  /** Whether the same may go well a moment later. */
  readonly isPassing?: boolean;
}

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly details: readonly string[];
  readonly origin: ProblemOrigin;
  readonly isPassing: boolean;

  constructor(
    kind: ProblemKind,
    line: string,
    { details = [], origin = "here", isPassing = false }: ProblemFacts = {},
  ) {
    super(line);
    this.kind = kind;
    this.details = details;
    this.origin = origin;
    this.isPassing = isPassing;
  }
}

export const usageProblem = (line: string, details: readonly string[] = []): Problem =>
  new Problem("usage", line, { details });
