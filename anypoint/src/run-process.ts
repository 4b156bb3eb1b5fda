/** How is another program run so that it never outlives us, or its time? In a process group of its own, which is ended whole. */
import { spawn, type ChildProcess } from "node:child_process";

export interface ProcessResult {
  /** Null: killed, or never started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly interrupted: boolean;
}

export interface ProcessOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** More than this is no answer of the programs that we run. */
const MOST_OUTPUT = 16 * 1024 * 1024;
export class Processes {
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();
  #interrupted = false;

  /** `env` is what each of them gets, unless it is told otherwise. */
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Ctrl-C reaches only our own group. What was waited for ends with `interrupted`, so that what was done can still be told. */
  interruptAll(): void {
    this.#interrupted = true;
    for (const child of this.#running) endGroup(child);
  }

  /** Rejects only where the program can't be started. */
  run(command: string, args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
    const child = start(command, args, { env: this.#env, ...options });
    this.#running.add(child);
    const read = [collect(child, "stdout"), collect(child, "stderr")] as const;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child);
    }, options.timeoutMs);
    return new Promise<ProcessResult>((done, fail) => {
      child.once("error", fail);
      child.once("close", (status) => {
        const [stdout, stderr] = [read[0](), read[1]()];
        done({ status, stdout, stderr, timedOut, interrupted: this.#interrupted });
      });
    }).finally(() => {
      clearTimeout(timer);
      this.#running.delete(child);
    });
  }
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function start(command: string, args: readonly string[], options: ProcessOptions): ChildProcess {
  // The official CLI writes tokens into a file of mode 0666: what it makes is for this user alone.
  const before = process.umask(0o077);
  try {
    return spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  } finally {
    process.umask(before);
  }
}

function collect(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  let size = 0;
  const chunks: Buffer[] = [];
  child[name]!.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST_OUTPUT) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
