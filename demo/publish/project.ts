/** Which project publishes in the demo? A copy of what publishing needs, so that nobody's own Cargo.toml is touched. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stampVersion } from "../../test/support/stamp-version.ts";
import { POLICY, ROOT } from "../files.ts";
import { DemoProcess } from "../child-process.ts";

const FILES = ["definition", "package.json", "Cargo.toml.template", "anypoint/official-cli"];
/** Of the stand-in's business group. */
export const GROUP_ID = "5a1e0d3c-0001-4000-8000-000000000001";
const COMMAND_DEADLINE_MS = 240_000;

export interface Ended {
  readonly status: number | null;
  readonly lines: readonly string[];
}

export class DemoProject {
  readonly #root: string;
  #running: DemoProcess | undefined;

  constructor(directory: string) {
    this.#root = join(directory, "project");
    for (const path of FILES) cpSync(join(ROOT, path), join(this.#root, path), { recursive: true });
    mkdirSync(join(this.#root, "build"));
    cpSync(POLICY, join(this.#root, "build/wallarm-policy.wasm"));
    cpSync(join(ROOT, "build/anypoint.mjs"), join(this.#root, "build/anypoint.mjs"));
    // The official CLI, where it is installed already.
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    symlinkSync(join(ROOT, ".cache"), join(this.#root, ".cache"));
    const template = readFileSync(join(this.#root, "Cargo.toml.template"), "utf8");
    this.write("Cargo.toml", template.replace(/0{8}[0-]*/, GROUP_ID));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#root, path), text);
  }

  setVersion(version: string): void {
    const about = JSON.parse(readFileSync(join(this.#root, "package.json"), "utf8")) as object;
    this.write("package.json", JSON.stringify({ ...about, version }));
    // In a project of your own `make release` compiles the policy anew, which takes longer than people like to watch.
    const wasm = join(this.#root, "build/wallarm-policy.wasm");
    writeFileSync(wasm, stampVersion(readFileSync(wasm), version));
  }

  /** What `make <command> NAME=value …` starts. */
  async make(command: string, variables: Readonly<Record<string, string>>): Promise<Ended> {
    const tool = join(this.#root, "build/anypoint.mjs");
    this.#running = new DemoProcess(`make ${command}`, process.execPath, [tool, command], {
      // make runs in the project, so that CONFIG=policy.yaml is a file of it.
      cwd: this.#root,
      env: { ...process.env, ...variables, MAKE_GIVEN: Object.keys(variables).join(" ") },
    });
    const status = await this.#running.ended(COMMAND_DEADLINE_MS);
    return { status, lines: this.#running.lines };
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }
}
