/** What does a README tell its reader to type, and what does it promise? Pairs of ```sh and ```text blocks, by heading. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { eventually } from "../support/deadline.ts";

const ENDS_MS = 10_000;

export interface Lesson {
  readonly heading: string;
  readonly commands: string;
  /** Lines that the output must have, in this order. */
  readonly promised: readonly string[];
}

export function lessonsOf(readme: string): Lesson[] {
  const text = readFileSync(readme, "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const commands = /^```sh\n(.*?)^```/ms.exec(section)?.[1];
      const promised = /^```text\n(.*?)^```/ms.exec(section)?.[1];
      if (commands === undefined || promised === undefined) return [];
      const heading = section.slice(0, section.indexOf("\n"));
      return [{ heading, commands, promised: promised.trim().split("\n") }];
    });
}

/** Runs commands as a reader would, in bash; resolves with all that they print, rejects if they leave something running. */
export function runCommands(
  commands: string,
  directory: string,
  deadlineMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that nothing outlives the test.
    const bash = spawn("bash", ["-c", commands], { cwd: directory, detached: true });
    let output = "";
    const kill = (): void => {
      try {
        process.kill(-bash.pid!, "SIGKILL");
      } catch {
        // All have ended by themselves.
      }
    };
    const timer = setTimeout(() => {
      kill();
      reject(new Error(`no end after ${deadlineMs} ms; so far:\n${output}`));
    }, deadlineMs);
    bash.stdout.on("data", (data: Buffer) => (output += data.toString()));
    bash.stderr.on("data", (data: Buffer) => (output += data.toString()));
    bash.on("error", reject);
    bash.on("exit", () => {
      clearTimeout(timer);
      goneOf(bash.pid!)
        .then(() => resolve(output), reject)
        .finally(kill);
    });
  });
}

/** Who types the commands a second time finds the ports in use if the first time something was left. */
async function goneOf(group: number): Promise<void> {
  await eventually(
    "all that the commands started has ended",
    () => (runningIn(group).length === 0 ? true : undefined),
    ENDS_MS,
  );
}

/** Processes of a group, where the system tells (Linux). */
function runningIn(group: number): string[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      // The name may hold anything; behind it: state, parent, process group.
      const stat = /.*\) (\S) \d+ (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
      return stat !== null && Number(stat[2]) === group && stat[1] !== "Z";
    } catch {
      return false; // It has just ended.
    }
  });
}
