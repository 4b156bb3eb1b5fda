/** `host-sim` as a process: the bundle as users run it, made once for each test file. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { waitFor } from "./raw-client.ts";

const BUILD = resolve(import.meta.dirname, "../../../scripts/build-host-sim.mjs");
let bundle: string | undefined;

function bundled(): string {
  if (bundle !== undefined) return bundle;
  const folder = mkdtempSync(join(tmpdir(), "host-sim-dist-"));
  execFileSync(process.execPath, [BUILD, folder]);
  return (bundle = join(folder, "cli.js"));
}

afterAll(() => {
  if (bundle !== undefined) rmSync(resolve(bundle, ".."), { recursive: true });
});

export class HostSim {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  status: number | null | undefined; // undefined: it runs

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    this.process = spawn(process.execPath, [bundled(), ...args], {
      stdio,
      env: { ...process.env, ...env },
    });
    this.process.stdout!.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr!.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.on("close", (status) => (this.status = status));
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }

  /** Waits for the line that tells an address, for example `listening on`. */
  async address(label: string): Promise<string> {
    const line = new RegExp(`^${label} (http://\\S+)$`, "m");
    await waitFor(
      () => line.test(this.stdout) || this.status !== undefined,
      () => `"${label}" in ${this.stdout}${this.stderr}`,
    );
    const found = line.exec(this.stdout)?.[1];
    if (found === undefined) throw new Error(`ended with ${this.status}: ${this.stderr}`);
    return found;
  }

  async ended(): Promise<number | null> {
    await waitFor(
      () => this.status !== undefined,
      () => `the end of the process: ${this.stderr}`,
    );
    return this.status ?? null;
  }
}
