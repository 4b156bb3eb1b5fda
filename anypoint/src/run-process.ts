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
const running = new Set<ChildProcess>();

let interrupted = false;

/** Ctrl-C reaches only our own group. What was waited for ends with `interrupted`, so that what was done can still be told. */
export function interruptAllProcesses(): void {
  interrupted = true;
  for (const child of running) endGroup(child);
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
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  } finally {
    process.umask(before);
  }
}

/** Rejects only where the program can't be started. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const child = start(command, args, options);
  running.add(child);
  const read = [collect(child, "stdout"), collect(child, "stderr")] as const;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child);
  }, options.timeoutMs);
  return new Promise<ProcessResult>((done, fail) => {
    child.once("error", fail);
    child.once("close", (status) => {
      done({ status, stdout: read[0](), stderr: read[1](), timedOut, interrupted });
    });
  }).finally(() => {
    clearTimeout(timer);
    running.delete(child);
  });
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
