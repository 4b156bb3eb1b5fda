/**
 * Which official CLI is used, and how is it called? The user's own `anypoint-cli-v4` on PATH if its version is one that we know
 * to work, else a pinned one (install-official-cli.ts). Credentials go to it as it knows them (its configuration, or ANYPOINT_…
 * variables, which it inherits), never as arguments, which every user of the machine can read.
 */
import { protectCliConfiguration } from "./cli-configuration-file.ts";
import type { Context } from "./context.ts";
import {
  installedOfficialCli,
  installOfficialCli,
  PINNED_VERSION,
} from "./install-official-cli.ts";
import { Problem, usageProblem } from "./problem.ts";
import { openReasonFile, type Refusal } from "./refusal-reason.ts";
import type { Processes } from "./run-process.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the platform answered with an error, first to last. */
  readonly refusals: readonly Refusal[];
}

export interface OfficialCli {
  readonly version: string;
  /** Where it was found, for people. */
  readonly origin: string;
  /** A status that is not 0 is for the caller to look at (cli-answer.ts). Throws Problems of kind timeLimit and interrupted. */
  run(args: readonly string[], options: { readonly limit: TimeLimit }): Promise<CliResult>;
}

interface Found {
  readonly env: NodeJS.ProcessEnv;
  readonly processes: Processes;
  /** Paths in arguments are from here. */
  readonly root: string;
  readonly command: readonly string[];
  readonly version: string;
  readonly origin: string;
}

const COMMAND = "anypoint-cli-v4";
const VERSION_MS = 20_000;
/** 1.6.x is what we have seen working; later ones of the same major version promise to be compatible. */
const LEAST = [1, 6] as const;

export async function findOfficialCli(
  { root, env, processes, progress }: Context,
  limit: TimeLimit,
): Promise<OfficialCli> {
  const own = env.ANYPOINT_CLI || COMMAND;
  const version = await versionOf(own, processes);
  if (isUsable(version)) {
    const origin = own === COMMAND ? "yours, on PATH" : own;
    return cliOf({ root, env, processes, command: [own], version: version!, origin });
  }
  if (env.ANYPOINT_CLI) {
    throw usageProblem(
      `ANYPOINT_CLI: "${own}" (version ${version ?? "unknown"}) is not allowed; allowed: an anypoint-cli-v4 from ` +
        `${LEAST.join(".")} on; or leave the variable out`,
    );
  }
  const script =
    installedOfficialCli(root) ??
    (await progress.step(`Installing the official ${COMMAND} ${PINNED_VERSION}, once`, () =>
      installOfficialCli(root, processes, limit),
    ));
  const found = { version: PINNED_VERSION, origin: "pinned, in .cache" };
  return cliOf({ root, env, processes, command: [process.execPath, script], ...found });
}

async function versionOf(command: string, processes: Processes): Promise<string | undefined> {
  try {
    const { stdout } = await processes.run(command, ["--version"], { timeoutMs: VERSION_MS });
    return /anypoint-cli-v4\/(\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isUsable(version: string | undefined): boolean {
  const [major, minor] = (version ?? "0.0").split(".").map(Number);
  return major === LEAST[0] && minor! >= LEAST[1];
}

const cliOf = (found: Found): OfficialCli => ({
  version: found.version,
  origin: found.origin,
  async run(args, { limit }) {
    const first = await runOnce(found, args, limit);
    if (!isStaleToken(first, found.env)) return first;
    await runOnce(found, ["conf", "--delete", "token"], limit);
    return runOnce(found, args, limit);
  },
});

async function runOnce(
  { root, command, env, processes }: Found,
  args: readonly string[],
  limit: TimeLimit,
): Promise<CliResult> {
  const [program, ...before] = command;
  const reasons = openReasonFile(root, environmentOf(env));
  const options = { timeoutMs: limit.leftMs, cwd: root, env: reasons.env };
  const result = await processes
    .run(program!, [...before, ...args], options)
    .finally(() => protectCliConfiguration(env));
  const refusals = reasons.read();
  reasons.close();
  const firstValue = args.findIndex((arg) => !/^[a-z][a-z-]*$/.test(arg));
  const what = [COMMAND, ...args.slice(0, firstValue < 0 ? undefined : firstValue)].join(" ");
  if (result.timedOut) throw limit.exceeded(what);
  if (result.interrupted) throw new Problem("interrupted", `interrupted during ${what}`);
  if (result.status === null) throw new Problem("unexpected", `${what} was ended from outside`);
  const { status, stdout, stderr } = result;
  return { status, stdout, stderr, refusals };
}

/**
 * The CLI keeps its token by user and password, not by host, and for an hour: one of another host, or one that was revoked, is
 * refused everywhere but at the log-in, which it then leaves out.
 */
function isStaleToken({ status, stderr }: CliResult, env: NodeJS.ProcessEnv): boolean {
  if (status === 0 || env.ANYPOINT_BEARER) return false;
  const isLogIn = /accounts\/(login|api\/v2\/oauth2\/token) failed/.test(stderr);
  return /status 401/.test(stderr) && !isLogIn;
}

function environmentOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    // Its messages unwrapped and uncoloured, so that they can be understood (cli-answer.ts).
    OCLIF_COLUMNS: "4000",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    // Its wording of errors, not a debug dump with headers in it.
    DEBUG: "",
    ANYPOINT_LOG_LEVEL: "INFO",
  };
}
