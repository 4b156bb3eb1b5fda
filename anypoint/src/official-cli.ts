/**
 * Which official CLI is used, and how is it called? The user's own `anypoint-cli-v4` on PATH if its version is one that we know
 * to work, else a pinned one (install-official-cli.ts). Credentials go to it as it knows them (its configuration, or ANYPOINT_…
 * variables, which it inherits), never as arguments, which every user of the machine can read.
 */
import {
  installedOfficialCli,
  installOfficialCli,
  PINNED_VERSION,
} from "./install-official-cli.ts";
import { Problem, usageProblem } from "./problem.ts";
import type { Progress } from "./progress.ts";
import { runProcess } from "./run-process.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout, where it is JSON (commands with `-o json`). */
  readonly json?: unknown;
}

export interface OfficialCli {
  readonly version: string;
  /** Where it was found, for people. */
  readonly origin: string;
  /** Throws a Problem of kind timeLimit when the limit is over; the status is for the caller to look at (cli-answer.ts). */
  run(args: readonly string[], options: { readonly limit: TimeLimit }): Promise<CliResult>;
}

const COMMAND = "anypoint-cli-v4";
const VERSION_MS = 20_000;
/** 1.6.x is what we have seen working; later ones of the same major version promise to be compatible. */
const LEAST = [1, 6] as const;

export async function findOfficialCli(
  root: string,
  progress: Progress,
  limit: TimeLimit,
): Promise<OfficialCli> {
  const own = process.env.ANYPOINT_CLI ?? COMMAND;
  const version = await versionOf(own);
  if (isUsable(version)) return describeCli(own, [], version!, `${own} on PATH`);
  if (process.env.ANYPOINT_CLI) {
    throw usageProblem(
      `ANYPOINT_CLI: "${own}" is not allowed (version ${version ?? "unknown"}); allowed: an anypoint-cli-v4 from 1.6 on; ` +
        "or leave the variable out",
    );
  }
  const why = version === undefined ? "" : ` (${COMMAND} ${version} on PATH is not from 1.6 on)`;
  const script =
    installedOfficialCli(root) ??
    (await progress.step(
      `Installing the official ${COMMAND} ${PINNED_VERSION} into .cache, once${why}`,
      () => installOfficialCli(root, limit),
    ));
  return describeCli(process.execPath, [script], PINNED_VERSION, ".cache");
}

async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await runProcess(command, ["--version"], { timeoutMs: VERSION_MS });
    return /anypoint-cli-v4\/(\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isUsable(version: string | undefined): boolean {
  const [major, minor] = (version ?? "0.0").split(".").map(Number);
  return major === LEAST[0] && minor! >= LEAST[1];
}

function describeCli(
  command: string,
  before: string[],
  version: string,
  origin: string,
): OfficialCli {
  return {
    version,
    origin,
    async run(args, { limit }) {
      const env = environment();
      const result = await runProcess(command, [...before, ...args], {
        timeoutMs: limit.leftMs,
        env,
      });
      const what = `${COMMAND} ${args.filter((arg) => /^[a-z-]+$/.test(arg)).join(" ")}`;
      if (result.timedOut) throw limit.exceeded(what);
      if (result.status === null) throw new Problem("unexpected", `${what} was ended from outside`);
      return {
        status: result.status,
        stdout: result.stdout,
        stderr: result.stderr,
        ...parse(result.stdout),
      };
    },
  };
}

/** Its messages unwrapped and uncoloured, so that they can be understood (cli-answer.ts). */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    OCLIF_COLUMNS: "4000",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    // Its wording of errors, not a debug dump with headers in it.
    DEBUG: "",
    ANYPOINT_LOG_LEVEL: "INFO",
  };
}

function parse(stdout: string): { json?: unknown } {
  try {
    return { json: JSON.parse(stdout) as unknown };
  } catch {
    return {};
  }
}
