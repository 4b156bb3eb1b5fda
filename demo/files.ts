/** Which built files does the demo need, and what is to be done where one is missing? */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

export const HOST_SIM = resolve(ROOT, "host-sim/bin/host-sim.js");
/** `POLICY_WASM` names another policy to be shown. */
export const POLICY = resolve(ROOT, process.env.POLICY_WASM ?? "build/wallarm-policy.wasm");

/** One line, or undefined if all is there. */
export function missingFile(): string | undefined {
  const missing = [POLICY, resolve(ROOT, "host-sim/dist/cli.js")].find((path) => !existsSync(path));
  return (
    missing && `${missing} is not there: run \`make build\` first, or \`make demo\`, which does`
  );
}
