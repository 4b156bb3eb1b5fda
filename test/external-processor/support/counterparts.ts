/**
 * How are the independent processors started, which share no code with this project: one on the Python SDK, one on Envoy's Go types?
 * `make counterparts` makes them (Python 3 and Go are needed, and their package registries); what is there already is used.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { eventually } from "../../support/deadline.ts";

const run = promisify(execFile);
const SOURCES = resolve(import.meta.dirname, "../counterparts");
const MADE = resolve(import.meta.dirname, "../../../.cache/counterparts");
const DEADLINE = { timeout: 300_000 };

export const counterparts = ["python", "go"] as const;
export type CounterpartName = (typeof counterparts)[number];

/** A ProcessingRequest in protobuf's JSON form, with the names of the .proto file. */
export type RecordedMessage = Readonly<Record<string, unknown>>;

interface Command {
  /** What makes it. */
  readonly tool: string;
  /** What it is made of. */
  readonly source: string;
  readonly file: string;
  readonly arguments: readonly string[];
  readonly make: () => Promise<unknown>;
}

const commands: Readonly<Record<CounterpartName, Command>> = {
  python: {
    tool: "python3",
    source: join(SOURCES, "python/requirements.txt"),
    file: join(MADE, "python/bin/python"),
    arguments: [join(SOURCES, "python/processor.py")],
    make: async () => {
      await run("python3", ["-m", "venv", join(MADE, "python")], DEADLINE);
      const requirements = ["install", "--quiet", "-r", join(SOURCES, "python/requirements.txt")];
      await run(join(MADE, "python/bin/pip"), requirements, DEADLINE);
    },
  },
  go: {
    tool: "go",
    source: join(SOURCES, "go/main.go"),
    file: join(MADE, "go/processor"),
    arguments: [],
    make: () =>
      run("go", ["build", "-o", join(MADE, "go/processor"), "."], {
        ...DEADLINE,
        cwd: join(SOURCES, "go"),
      }),
  },
};

/** Written when all of it is there. */
const stampOf = (name: CounterpartName): string => join(MADE, `${name}.made`);

function isMade(name: CounterpartName): boolean {
  const stamp = stampOf(name);
  return existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(commands[name].source).mtimeMs;
}

const isOnPath = (tool: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** Why there is none; undefined where there is one, or will be. */
export function counterpartMissing(name: CounterpartName): string | undefined {
  if (isMade(name)) return undefined;
  if (process.env.COUNTERPARTS !== "1") return `it is not made: make counterparts`;
  const { tool } = commands[name];
  // Where all is to be tested, a tool that is not there is an error: that of making it.
  if (isOnPath(tool) || process.env.CI === "true") return undefined;
  return `it is made by ${tool}, which is not there`;
}

/** Makes what is not there yet. */
export async function makeCounterpart(name: CounterpartName): Promise<void> {
  if (isMade(name)) return;
  mkdirSync(MADE, { recursive: true });
  rmSync(join(MADE, name), { recursive: true, force: true });
  await commands[name].make();
  writeFileSync(stampOf(name), "");
}

export class Counterpart {
  readonly url: string;
  /** By the number of the stream, in the order in which they came. */
  readonly streams = new Map<number, RecordedMessage[]>();
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(name: CounterpartName): Promise<Counterpart> {
    await makeCounterpart(name);
    const command = commands[name];
    const child = spawn(command.file, command.arguments, { stdio: ["ignore", "pipe", "inherit"] });
    const lines: string[] = [];
    let take = (line: string): void => void lines.push(line);
    createInterface({ input: child.stdout }).on("line", (line) => take(line));
    const url = await eventually(
      `the ${name} counterpart listens`,
      () => /^listening on (\S+)$/.exec(lines[0] ?? "")?.[1],
      20_000,
    );
    const counterpart = new Counterpart(child, `http://${url}`);
    take = (line) => counterpart.#record(line);
    return counterpart;
  }

  /** All messages of the latest stream, once it has `count` of them. */
  latest(count: number): Promise<readonly RecordedMessage[]> {
    return eventually(`the counterpart has ${count} messages`, () => {
      const messages = [...this.streams.values()].at(-1) ?? [];
      return messages.length >= count && messages;
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await gone;
  }

  #record(line: string): void {
    const { stream, message } = JSON.parse(line) as { stream: number; message: RecordedMessage };
    this.streams.set(stream, [...(this.streams.get(stream) ?? []), message]);
  }
}
