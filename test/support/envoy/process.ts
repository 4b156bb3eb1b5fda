/** How is one Envoy process started, listened to and ended? */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../deadline.ts";
import type { LogLine } from "../gateway-options.ts";

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 3_000;

export class EnvoyProcess {
  readonly lines: LogLine[] = [];
  readonly directory: string;
  #child: ChildProcess | undefined;
  #exit: string | undefined;
  readonly #wasmLogLevel: string;

  constructor(wasmLogLevel = "debug") {
    this.#wasmLogLevel = wasmLogLevel;
    this.directory = mkdtempSync(join(tmpdir(), "envoy-"));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Why the process is gone, if it is. */
  get exit(): string | undefined {
    return this.#exit;
  }

  /** Written aside and moved into place: Envoy looks at a watched file when it is moved. */
  write(name: string, content: unknown): string {
    const path = join(this.directory, name);
    writeFileSync(`${path}.new`, JSON.stringify(content));
    renameSync(`${path}.new`, path);
    return path;
  }

  /** Resolves once the admin pages answer, with their address. */
  async start(binary: string, bootstrapFile: string, workers: number): Promise<string> {
    const adminFile = join(this.directory, "admin");
    const args = envoyArguments(bootstrapFile, adminFile, workers, this.#wasmLogLevel);
    const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    child.on("error", (error) => (this.#exit = error.message));
    child.on("exit", (code, signal) => (this.#exit = `status ${code ?? signal}`));
    createInterface({ input: child.stderr }).on("line", (line) => this.lines.push(parse(line)));
    const found = await eventually(
      "Envoy's admin address",
      () => {
        if (this.#exit !== undefined) return "gone";
        // The file is there before its content is.
        const address = existsSync(adminFile) ? readFileSync(adminFile, "utf8").trim() : "";
        return /:\d+$/.test(address) && address;
      },
      START_DEADLINE_MS,
    );
    if (found === "gone") throw new Error(`Envoy ended with ${this.#exit}: ${this.#lastLines()}`);
    return found;
  }

  #lastLines(): string {
    return this.lines
      .slice(-5)
      .map((line) => line.text)
      .join(" | ");
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && this.#exit === undefined) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
      await gone;
      clearTimeout(timer);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function envoyArguments(
  bootstrapFile: string,
  adminFile: string,
  workers: number,
  wasmLogLevel: string,
): string[] {
  return [
    ["--config-path", bootstrapFile],
    ["--admin-address-path", adminFile],
    ["--concurrency", String(workers), "--disable-hot-restart", "--use-dynamic-base-id"],
    ["--drain-time-s", "1", "--drain-strategy", "immediate"],
    ["--log-level", "warning", "--component-log-level", `wasm:${wasmLogLevel}`],
    // "%_": the message with its line ends escaped, one line a message.
    ["--log-format", "%l %_"],
  ].flat();
}

/** A filter's line is `level wasm log name rootId vmId: text`; others are Envoy's own. */
function parse(line: string): LogLine {
  const [, level = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? ["", "", line];
  return { level, text: rest.replace(/^wasm log[^:[]*: /, "") };
}
