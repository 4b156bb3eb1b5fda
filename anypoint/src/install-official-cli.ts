/**
 * Where does the official CLI come from if the user has none? `npm ci` from a lock file of ours, so that each of its packages
 * is pinned with its hash. No install scripts: one of them would download a browser, which only log-ins with a second factor need.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "./problem.ts";
import { runProcess } from "./run-process.ts";
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

export async function installOfficialCli(root: string, limit: TimeLimit): Promise<string> {
  const target = directory(root);
  mkdirSync(target, { recursive: true });
  for (const file of LOCK_FILES)
    copyFileSync(join(root, "anypoint/official-cli", file), join(target, file));
  const result = await npmCi(target, limit);
  if (result.timedOut) throw limit.exceeded("Installing anypoint-cli-v4");
  const script = installedOfficialCli(root);
  if (script !== undefined) return script;
  const reason =
    /npm (?:error|ERR!) (?!code)(.+)/.exec(result.stderr)?.[1] ?? `npm ended with ${result.status}`;
  throw new Problem(
    "unreachable",
    `anypoint-cli-v4 ${PINNED_VERSION} can't be installed (${reason}): see whether npm reaches its registry, ` +
      `or install it yourself: PUPPETEER_SKIP_DOWNLOAD=1 npm install --global anypoint-cli-v4@${PINNED_VERSION}`,
  );
}

function npmCi(target: string, limit: TimeLimit): ReturnType<typeof runProcess> {
  const args = [
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
  ];
  const env = { ...process.env, PUPPETEER_SKIP_DOWNLOAD: "1" };
  return runProcess("npm", args, { timeoutMs: limit.leftMs, cwd: target, env });
}
