/**
 * Where does the official CLI come from if the user has none? `npm ci` from a lock file of ours, so that each of its packages
 * is pinned with its hash. No install scripts: one of them would download a browser, which only log-ins with a second factor need.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "./problem.ts";
import type { Processes, ProcessResult } from "./run-process.ts";
import type { TimeLimit } from "./time-limit.ts";

export const PINNED_VERSION = "1.6.12";
const LOCK_FILES = ["package.json", "package-lock.json"];

const directory = (root: string): string => join(root, ".cache/anypoint-cli");

const packageOf = (root: string): string => join(directory(root), "node_modules/anypoint-cli-v4");

/** The script that Node.js runs; undefined where it is not (wholly) installed. */
export function installedOfficialCli(root: string): string | undefined {
  const script = join(packageOf(root), "bin/run");
  // npm writes this file last.
  const complete = existsSync(join(directory(root), "node_modules/.package-lock.json"));
  if (!complete || !existsSync(script)) return undefined;
  const { version } = JSON.parse(readFileSync(join(packageOf(root), "package.json"), "utf8")) as {
    version: string;
  };
  return version === PINNED_VERSION ? script : undefined;
}

/** Beside its place, and renamed into it when it is whole: two runs at once, or one that is ended, leave no half installation. */
export async function installOfficialCli(
  root: string,
  processes: Processes,
  limit: TimeLimit,
): Promise<string> {
  const half = `${directory(root)}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    for (const file of LOCK_FILES)
      copyFileSync(join(root, "anypoint/official-cli", file), join(half, file));
    const result = await npmCi(half, processes, limit);
    if (result.timedOut) throw limit.exceeded("Installing anypoint-cli-v4");
    if (result.interrupted)
      throw new Problem("interrupted", "interrupted while installing anypoint-cli-v4");
    if (result.status !== 0) throw notInstalled(result);
    moveIntoPlace(root, half);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return installedOfficialCli(root)!;
}

function moveIntoPlace(root: string, half: string): void {
  if (installedOfficialCli(root) !== undefined) return;
  rmSync(directory(root), { recursive: true, force: true });
  renameSync(half, directory(root));
}

function notInstalled({ stderr, status }: ProcessResult): Problem {
  const reason = /npm (?:error|ERR!) (?!code)(.+)/.exec(stderr)?.[1] ?? `npm ended with ${status}`;
  return new Problem(
    "unreachable",
    `anypoint-cli-v4 ${PINNED_VERSION} can't be installed (${reason}): see whether npm reaches its registry, ` +
      `or install it yourself: PUPPETEER_SKIP_DOWNLOAD=1 npm install --global anypoint-cli-v4@${PINNED_VERSION}`,
  );
}

function npmCi(target: string, processes: Processes, limit: TimeLimit): Promise<ProcessResult> {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  const options = { timeoutMs: limit.leftMs, cwd: target };
  return processes.run("npm", ["ci", "--ignore-scripts", ...quiet], options);
}
