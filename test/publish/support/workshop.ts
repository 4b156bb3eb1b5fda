/** A project as a customer has it: in a folder of its own, with a home of its own, in front of a stand-in for Anypoint. */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stampVersion } from "../../support/stamp-version.ts";
import { WarmCli } from "./warm-cli.ts";
import { ROOT_GROUP } from "../../../host-sim/src/anypoint/index.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");
/** Of the stand-in's accounts. */
export const USER = { ANYPOINT_USERNAME: "developer", ANYPOINT_PASSWORD: "stand-in-password" };
const FILES = ["definition", "package.json", "Cargo.toml.template", "anypoint/official-cli"];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workshop {
  readonly root: string;
  /** Runs the publishing tool. */
  run(args: readonly string[], environment?: Record<string, string>): Promise<Ended>;
  read(path: string): string;
  write(path: string, text: string): void;
  /** As after `make build` with another version in package.json. */
  setVersion(version: string): void;
  close(): void;
}

/** Once for a test file: what make does before it starts the tool. */
export function buildTool(): void {
  execFileSync(process.execPath, [join(ROOT, "scripts/build-anypoint.mjs")], { stdio: "pipe" });
}

/** `platform`: where the tool thinks Anypoint is; an address that nobody listens on if not told. */
export async function createWorkshop(platform: {
  host: string;
  caFile?: string;
}): Promise<Workshop> {
  const root = mkdtempSync(join(tmpdir(), "publish-"));
  for (const path of FILES) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  mkdirSync(join(root, "build"));
  mkdirSync(join(root, "scripts"));
  for (const file of ["anypoint.mjs", "wallarm-policy.wasm"]) {
    cpSync(join(ROOT, "build", file), join(root, "build", file));
  }
  const template = readFileSync(join(root, "Cargo.toml.template"), "utf8");
  writeFileSync(join(root, "Cargo.toml"), template.replace(/0{8}[0-]*/, ROOT_GROUP));
  const base = environmentOf(root, platform);
  const cli = platform.caFile === undefined ? undefined : await WarmCli.install(root, base);
  return {
    root,
    run: (args, environment = {}) => {
      // As make does, whose command line these are meant to be on.
      const MAKE_GIVEN = Object.keys(environment).join(" ");
      return runTool(root, args, { ...base, MAKE_GIVEN, ...environment });
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    write: (path, text) => writeFileSync(join(root, path), text),
    setVersion: (version) => {
      const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as object;
      writeFileSync(join(root, "package.json"), JSON.stringify({ ...about, version }));
      const wasm = join(root, "build/wallarm-policy.wasm");
      writeFileSync(wasm, stampVersion(readFileSync(wasm), version));
    },
    close: () => {
      cli?.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Nothing of the tester's own Anypoint gets in. */
export function environmentOf(
  root: string,
  { host, caFile }: { host: string; caFile?: string },
): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(ANYPOINT_|HTTPS?_PROXY|https?_proxy|NODE_|VITEST|TIMEOUT$|DRY_RUN$|GROUP_ID$|API$|ALL$|CONFIG$|VERSION$|ENV$|ORG$|JSON$|MAKE)/.test(
        name,
      ),
  );
  return {
    ...Object.fromEntries(kept),
    ...{ ANYPOINT_HOST: host, XDG_CONFIG_HOME: join(root, "home"), HOME: root },
    ...(caFile !== undefined && { NODE_EXTRA_CA_CERTS: caFile }),
    npm_config_cache: join(ROOT, ".cache/npm"),
  };
}

function runTool(root: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, ["build/anypoint.mjs", ...args], { cwd: root, env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (status) => done({ status, stdout, stderr }));
  });
}

/** The lines from "error:" on. */
export function errorLines({ stderr }: Ended): string[] {
  const at = stderr.indexOf("error: ");
  return at < 0 ? [] : stderr.slice(at).trimEnd().split("\n");
}
