/**
 * What does MuleSoft's own generator make of our files? Building it with cargo takes two minutes, so that what it made is recorded, by
 * the bytes that went in: it is built and run only for input that it has not seen yet, or where it is there already (.cache). Without
 * cargo such input is left out, with the reason, and in CI a failure.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CARGO_ANYPOINT_VERSION } from "../../../anypoint/src/definition/local-mode.ts";
import { ROOT } from "./workshop.ts";

const HOME = join(ROOT, ".cache/cargo-anypoint");
const BINARY = join(HOME, "bin/cargo-anypoint");
const RECORDS = join(ROOT, "test/fixtures/cargo-anypoint.json");
export const INSTALL_MS = 600_000;

export interface Generation {
  readonly args: readonly string[];
  /** Files that it reads, from the folder that it runs in. */
  readonly inputs: readonly string[];
  /** The file that it writes; default: what it prints is the result. */
  readonly output?: string;
}

type Records = Record<string, string>;

/** The result: recorded, or made now and put on record. */
export function cargoAnypoint(cwd: string, generation: Generation): string {
  const key = keyOf(cwd, generation);
  const records = JSON.parse(readFileSync(RECORDS, "utf8")) as Records;
  const recorded = records[key];
  if (recorded !== undefined && !existsSync(BINARY)) return recorded;
  const made = run(cwd, generation);
  if (made !== recorded) {
    writeFileSync(RECORDS, `${JSON.stringify({ ...records, [key]: made }, null, 2)}\n`);
  }
  return made;
}

function keyOf(cwd: string, { args, inputs }: Generation): string {
  const hash = createHash("sha256").update(JSON.stringify([CARGO_ANYPOINT_VERSION, ...args]));
  for (const input of inputs) hash.update("\0").update(readFileSync(join(cwd, input)));
  return `${args[0]} ${hash.digest("hex").slice(0, 32)}`;
}

function run(cwd: string, { args, output }: Generation): string {
  install();
  const printed = execFileSync(BINARY, ["anypoint", ...args], {
    ...{ cwd, encoding: "utf8", stdio: "pipe" },
  });
  return output === undefined ? printed : readFileSync(join(cwd, output), "utf8");
}

function install(): void {
  if (existsSync(BINARY)) return;
  process.stderr.write(`Installing cargo-anypoint ${CARGO_ANYPOINT_VERSION}, once ...\n`);
  const what = ["install", "cargo-anypoint", "--version", CARGO_ANYPOINT_VERSION];
  execFileSync("cargo", [...what, "--root", HOME, "--locked", "--quiet"], { timeout: INSTALL_MS });
}
