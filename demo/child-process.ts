/** How is a part of the demo that is a process of its own started, listened to and surely ended? */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const STOP_DEADLINE_MS = 3_000;
const TAIL_LINES = 5;

export class DemoProcess {
  /** What it has written so far, stdout and stderr as they came. */
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #child: ChildProcess;
  #waiting: (() => void)[] = [];
  #gone: string | undefined;

  /** `options`: environment and working directory, where they are not this process's own. */
  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: Pick<SpawnOptions, "cwd" | "env"> = {},
  ) {
    this.#name = name;
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.#child.on("error", (error) => this.#leave(error.message));
    // Not "exit": at "close" its last words have been read too.
    this.#child.on("close", (code, signal) => this.#leave(`it ended with ${code ?? signal}`));
    // The last resort, should this process end in a way that nobody thought of.
    process.on("exit", this.#kill);
  }

  /** The first match in a line from number `from` on. Fails when the process ends or `deadlineMs` is over. */
  async saw(pattern: RegExp, from = 0, deadlineMs = 20_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      for (const line of this.lines.slice(from)) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#gone !== undefined) throw this.#failure(this.#gone);
      if (Date.now() > deadline) throw this.#failure(`it never wrote ${String(pattern)}`);
      await this.#change(deadline - Date.now());
    }
  }

  /** The exit status, for one that ends by itself; null if a signal ended it. */
  async ended(deadlineMs: number): Promise<number | null> {
    const deadline = Date.now() + deadlineMs;
    while (this.#gone === undefined) {
      if (Date.now() > deadline) throw this.#failure(`it did not end in ${deadlineMs / 1000} s`);
      await this.#change(deadline - Date.now());
    }
    return this.#child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#gone !== undefined) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_DEADLINE_MS);
    this.#child.kill("SIGTERM");
    await once(this.#child, "close");
    clearTimeout(timer);
  }

  #failure(why: string): Error {
    const tail = this.lines.slice(-TAIL_LINES).join(" | ");
    return new Error(`${this.#name}: ${why}${tail === "" ? "" : `; its last lines: ${tail}`}`);
  }

  readonly #kill = (): void => void this.#child.kill("SIGKILL");

  #leave(how: string): void {
    this.#gone ??= how;
    process.off("exit", this.#kill);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #change(atMostMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      timer = setTimeout(resolve, Math.max(atMostMs, 1));
    });
    clearTimeout(timer);
  }
}
