/**
 * What is going on right now? Each step has a line of its own; a step that takes longer shows its seconds, on a terminal in
 * place, elsewhere as a line now and then.
 */
import pc from "picocolors";
import type { Secrets } from "./secrets.ts";

const SLOW_MS = 2000;
const TERMINAL_MS = 200;
const LINES_MS = 10_000;

export interface Progress {
  /** Says `text`, does `work`, says how long it took. */
  step<T>(text: string, work: () => Promise<T>): Promise<T>;
  /** Says `text` only if `work` takes over two seconds: reading is quick where the platform is. */
  ifSlow<T>(text: string, work: () => Promise<T>): Promise<T>;
  /** A line of what comes out. */
  say(line: string): void;
  /** A line beside it, which no program reads. */
  note(line: string): void;
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Steps go to stderr, results to stdout. */
export function createProgress(
  secrets: Secrets,
  out: NodeJS.WriteStream = process.stdout,
  steps: NodeJS.WriteStream = process.stderr,
): Progress {
  return {
    say: (line) => void out.write(`${secrets.hide(line)}\n`),
    ifSlow: (text, work) => inLines(steps, secrets.hide(text), work, SLOW_MS),
    note: (line) => void steps.write(`${secrets.hide(line)}\n`),
    step: (text, work) => (steps.isTTY ? onTerminal : inLines)(steps, secrets.hide(text), work),
  };
}

async function onTerminal<T>(
  to: NodeJS.WriteStream,
  text: string,
  work: () => Promise<T>,
): Promise<T> {
  const began = Date.now();
  const show = (mark: string, end: string): void =>
    void to.write(`\r\u001b[K${mark} ${text} ${pc.dim(seconds(began))}${end}`);
  show("…", "");
  const timer = setInterval(() => show("…", ""), TERMINAL_MS);
  try {
    const result = await work();
    show(pc.green("✓"), "\n");
    return result;
  } catch (error) {
    show(pc.red("✗"), "\n");
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Nothing of what takes less than `quietMs`. */
async function inLines<T>(
  to: NodeJS.WriteStream,
  text: string,
  work: () => Promise<T>,
  quietMs = 0,
): Promise<T> {
  const began = Date.now();
  const show = (end: string): void => void to.write(`${text}${end}\n`);
  let lines: NodeJS.Timeout | undefined;
  const begin = (): void => {
    show(" ...");
    lines = setInterval(() => show(` ... ${seconds(began)}`), LINES_MS);
  };
  const timer = quietMs > 0 ? setTimeout(begin, quietMs) : void begin();
  try {
    const result = await work();
    if (lines !== undefined) show(`: done in ${seconds(began)}`);
    return result;
  } finally {
    clearTimeout(timer);
    clearInterval(lines);
  }
}
