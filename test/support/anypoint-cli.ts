/** How do tests run the official CLI? The pinned one of the publishing tool, with nothing of the user's around it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  installedOfficialCli,
  installOfficialCli,
} from "../../anypoint/src/install-official-cli.ts";
import { Processes } from "../../anypoint/src/run-process.ts";
import { TimeLimit } from "../../anypoint/src/time-limit.ts";
import type { Anypoint } from "../../host-sim/src/anypoint/index.ts";
import {
  CliProcess,
  COMMAND_MS,
  type CliResult,
  type Surroundings,
} from "./anypoint-cli-process.ts";
import { eventually } from "./deadline.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LOCK = join(ROOT, ".cache/anypoint-cli.lock");
const INSTALL_SECONDS = 240;

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
      installedOfficialCli(ROOT) ??
      (await installOfficialCli(ROOT, new Processes(process.env), new TimeLimit(INSTALL_SECONDS)))
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

export interface CliSession {
  /** Where commands look for files. */
  readonly folder: string;
  /** In a process that has loaded the CLI already: a tenth of a second instead of more than one. */
  run(...args: string[]): Promise<CliResult>;
  /** As people run it: a process of its own. */
  alone(...args: string[]): Promise<CliResult>;
  /** What a command with `--output json` says; an error if it fails. */
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
  login: Record<string, string> = PASSWORD_LOGIN,
): Promise<CliSession> {
  const program = await officialCli();
  const cwd = mkdtempSync(join(tmpdir(), "anypoint-cli-"));
  const own = { HOME: cwd, XDG_CONFIG_HOME: cwd, XDG_CACHE_HOME: cwd, XDG_DATA_HOME: cwd };
  const env = {
    ...own,
    ...login,
    PATH: process.env.PATH ?? "",
    ANYPOINT_HOST: anypoint.host,
    NODE_EXTRA_CA_CERTS: anypoint.caFile,
    ANYPOINT_ENV: "Sandbox",
    NO_COLOR: "1",
    OCLIF_COLUMNS: "4000",
  };
  const driver = new CliProcess(program, { cwd, env });
  return {
    folder: cwd,
    run: (...args) => driver.run(args),
    alone: (...args) => runAlone([program, ...args], { cwd, env }),
    json: async (...args) => {
      const { status, stdout, stderr } = await driver.run([...args, "--output", "json"]);
      if (status !== 0) throw new Error(`anypoint-cli-v4 ${args.join(" ")}: ${stderr}${stdout}`);
      return JSON.parse(stdout) as unknown;
    },
    close: () => {
      driver.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

async function runAlone(args: string[], surroundings: Surroundings): Promise<CliResult> {
  try {
    const options = { ...surroundings, timeout: COMMAND_MS };
    return { status: 0, ...(await promisify(execFile)(process.execPath, args, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { status: code, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}
