/**
 * Where is wrk (https://github.com/wg/wrk)? On the PATH; else Debian's package is fetched and unpacked into .cache/wrk, which
 * needs no root.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGES = ["wrk", "libluajit-5.1-2"];

export interface Wrk {
  readonly binary: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws one line that says what to do where there is none. */
export async function findWrk(root: string, progress: (line: string) => void): Promise<Wrk> {
  const onPath = await tryWrk("wrk", process.env);
  if (onPath !== undefined) return onPath;
  const directory = join(root, ".cache", "wrk");
  const unpacked = await unpackedWrk(directory);
  if (unpacked !== undefined) return unpacked;
  progress("Fetching wrk from Debian into .cache/wrk (once, 0.3 MB) …");
  await unpack(directory).catch(() => rmSync(directory, { recursive: true, force: true }));
  const made = await unpackedWrk(directory);
  if (made !== undefined) return made;
  throw new Error(
    "no wrk: install it (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk), then try again",
  );
}

async function unpack(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await run("apt-get", ["download", ...PACKAGES], { cwd: directory, timeout: 60_000 });
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".deb"))) {
    await run("dpkg-deb", ["--extract", file, "."], { cwd: directory });
  }
}

async function unpackedWrk(directory: string): Promise<Wrk | undefined> {
  const libraries = join(directory, "usr", "lib");
  if (!existsSync(libraries)) return undefined;
  const path = readdirSync(libraries)
    .map((name) => join(libraries, name))
    .join(":");
  return tryWrk(join(directory, "usr", "bin", "wrk"), { ...process.env, LD_LIBRARY_PATH: path });
}

/** `wrk --version` prints its version and ends with status 1. */
async function tryWrk(binary: string, env: NodeJS.ProcessEnv): Promise<Wrk | undefined> {
  const said = await run(binary, ["--version"], { env }).catch(
    (error: { stdout?: string }) => error,
  );
  const version = /^wrk \S+/.exec(said.stdout ?? "")?.[0];
  return version === undefined ? undefined : { binary, version, env };
}
