/** What does a README tell its reader to type, and what does it promise? Pairs of ```sh and ```text blocks, by heading. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

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

/** Runs commands as a reader would, in bash; resolves with all that they print. What they leave running is ended. */
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
      kill();
      resolve(output);
    });
  });
}
