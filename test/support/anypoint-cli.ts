/** How do tests run the official CLI? The pinned one of the publishing tool, as a process, with nothing of the user's around it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  installedOfficialCli,
  installOfficialCli,
} from "../../anypoint/src/install-official-cli.ts";
import { TimeLimit } from "../../anypoint/src/time-limit.ts";
import type { Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { eventually } from "./deadline.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LOCK = join(ROOT, ".cache/anypoint-cli.lock");
const INSTALL_SECONDS = 240;
const COMMAND_MS = 60_000;

let script: Promise<string> | undefined;

export const officialCli = (): Promise<string> => (script ??= find());

/** `npm ci` empties the folder first: one installs, the others wait. */
async function find(): Promise<string> {
  const found = installedOfficialCli(ROOT);
  if (found !== undefined) return found;
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  await eventually("the lock of .cache/anypoint-cli", takeLock, INSTALL_SECONDS * 1000);
  try {
    return (
      installedOfficialCli(ROOT) ?? (await installOfficialCli(ROOT, new TimeLimit(INSTALL_SECONDS)))
    );
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    // Whoever holds it this long was killed.
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > 2 * INSTALL_SECONDS * 1000)
      rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

/** Why suites with the official CLI are left out; undefined: they are not. Never with CI=true. */
export async function withoutOfficialCli(): Promise<boolean> {
  try {
    await officialCli();
    return false;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    process.stderr.write(
      `Suites with the official CLI are left out: ${(error as Error).message}\n`,
    );
    return true;
  }
}

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSession {
  /** Of commands with files as arguments: where they are looked for. */
  readonly folder: string;
  run(...args: string[]): Promise<CliResult>;
  /** What a command with `-o json` says; an error if it fails. */
  json(...args: string[]): Promise<unknown>;
  close(): void;
}

export const PASSWORD_LOGIN = {
  ANYPOINT_USERNAME: "developer",
  ANYPOINT_PASSWORD: "stand-in-password",
};

/** Keeps its token and its configuration to itself. */
export async function cliSession(
  anypoint: Pick<Anypoint, "host" | "caFile">,
  more: Record<string, string> = PASSWORD_LOGIN,
): Promise<CliSession> {
  const program = await officialCli();
  const folder = mkdtempSync(join(tmpdir(), "anypoint-cli-"));
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_CACHE_HOME: folder,
    XDG_DATA_HOME: folder,
    ANYPOINT_HOST: anypoint.host,
    NODE_EXTRA_CA_CERTS: anypoint.caFile,
    ANYPOINT_ENV: "Sandbox",
    NO_COLOR: "1",
    ...more,
  };
  const run = (...args: string[]): Promise<CliResult> =>
    runNode([program, ...args], { cwd: folder, env });
  return {
    folder,
    run,
    json: async (...args) => {
      const { status, stdout, stderr } = await run(...args, "-o", "json");
      if (status !== 0) throw new Error(`anypoint-cli-v4 ${args.join(" ")}: ${stderr}${stdout}`);
      return JSON.parse(stdout) as unknown;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function runNode(
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<CliResult> {
  try {
    const done = await promisify(execFile)(process.execPath, args, {
      ...options,
      timeout: COMMAND_MS,
    });
    return { status: 0, ...done };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { status: code, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}
