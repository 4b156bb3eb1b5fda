/** Where is MuleSoft's own generator? In .cache, installed by cargo on first use; without cargo its tests say so, and in CI fail. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CARGO_ANYPOINT_VERSION } from "../../../anypoint/src/definition/local-mode.ts";
import { ROOT } from "./workshop.ts";

const HOME = join(ROOT, ".cache/cargo-anypoint");
const BINARY = join(HOME, "bin/cargo-anypoint");
export const INSTALL_MS = 600_000;

export const hasCargo = (() => {
  try {
    execFileSync("cargo", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** Two minutes the first time. */
export function installCargoAnypoint(): void {
  if (existsSync(BINARY)) return;
  process.stderr.write(`Installing cargo-anypoint ${CARGO_ANYPOINT_VERSION}, once ...\n`);
  const what = ["install", "cargo-anypoint", "--version", CARGO_ANYPOINT_VERSION];
  execFileSync("cargo", [...what, "--root", HOME, "--locked", "--quiet"], { timeout: INSTALL_MS });
}

export const cargoAnypoint = (cwd: string, ...args: string[]): string =>
  execFileSync(BINARY, ["anypoint", ...args], { cwd, encoding: "utf8", stdio: "pipe" });
