/** How do many commands of the official CLI run in one process? It is started once, and asked line by line (anypoint-cli-driver.cjs). */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { within } from "./deadline.ts";

const DRIVER = join(import.meta.dirname, "anypoint-cli-driver.cjs");
export const COMMAND_MS = 60_000;

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** One command after the other. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #waiting: ((answer: CliResult) => void)[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #ended: string | undefined;

  constructor(program: string, surroundings: Surroundings) {
    this.#child = spawn(process.execPath, [DRIVER, program], {
      ...surroundings,
      stdio: ["pipe", "inherit", "inherit", "pipe"],
    });
    const answers = createInterface({ input: this.#child.stdio[3] as Readable });
    answers.on("line", (line) => this.#waiting.shift()?.(JSON.parse(line) as CliResult));
    this.#child.once("close", (status) => {
      this.#ended = `the CLI's process ended with ${status}`;
      for (const answer of this.#waiting) answer({ status: -1, stdout: "", stderr: this.#ended });
    });
  }

  /** In the surroundings that the process was started in, unless there are others for this command. */
  run(args: readonly string[], surroundings?: Surroundings): Promise<CliResult> {
    const command = surroundings ? { args, ...surroundings } : args;
    const next = this.#last.then(() => this.#start(JSON.stringify(command)));
    this.#last = next.catch(() => undefined);
    return within(`anypoint-cli-v4 ${args.join(" ")}`, next, COMMAND_MS);
  }

  #start(command: string): Promise<CliResult> {
    if (this.#ended !== undefined) throw new Error(this.#ended);
    this.#child.stdin!.write(`${command}\n`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#child.kill();
  }
}
