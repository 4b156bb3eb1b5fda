/** What must be there before the first test? The compiled policy, and a real Envoy or the reason why there is none. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { runAsc } from "./assembly-script.ts";
import { envoyVersion, findEnvoy } from "./envoy/binary.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const POLICY = join(ROOT, "build/wallarm-policy.wasm");
const SOURCES = ["assembly", "as-proxy-wasm", "asconfig.json"];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export default async function setup(): Promise<void> {
  // Tests run make as people do, not as a part of the `make test` that runs them.
  for (const name of ["MAKEFLAGS", "MAKELEVEL", "MFLAGS"]) delete process.env[name];
  if (process.env.POLICY_WASM === undefined) await buildPolicyOnce();
  if (process.env.ENGINES === undefined || process.env.ENGINES.includes("envoy")) await wantEnvoy();
}

/** Without Envoy its suites are left out, with the reason; in CI that is an error. */
async function wantEnvoy(): Promise<void> {
  try {
    const binary = await findEnvoy(say);
    say(`Real Envoy ${envoyVersion(binary)}: ${binary}`);
  } catch (error) {
    if (process.env.CI === "true") throw error;
    process.env.ENVOY_MISSING = (error as Error).message;
    say(`Suites on real Envoy are left out: ${process.env.ENVOY_MISSING}`);
  }
}

async function buildPolicyOnce(): Promise<void> {
  if (!existsSync(POLICY)) {
    say("Compiling the policy (build/wallarm-policy.wasm is not there) …");
    try {
      await runAsc(["--baseDir", ROOT, "--target", "release"]);
    } catch (error) {
      say(`The policy does not compile: ${(error as Error).message}`);
    }
    return;
  }
  const built = statSync(POLICY).mtimeMs;
  const newer = SOURCES.flatMap(filesOf).find((file) => statSync(file).mtimeMs > built);
  if (newer !== undefined) say(`build/wallarm-policy.wasm is older than ${newer}: run make build`);
}

function filesOf(name: string): string[] {
  const path = join(ROOT, name);
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}
