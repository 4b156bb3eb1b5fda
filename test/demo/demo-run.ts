/** How does a test watch the demo as somebody at a terminal would: what it writes, when it ends, and what it leaves behind? */
import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { eventually } from "../support/deadline.ts";

const DEMO = resolve(import.meta.dirname, "../../build/demo.mjs");

export class DemoRun {
  output = "";
  /** Exit status; a signal that ended it by its name. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;

  constructor(env: Readonly<Record<string, string>>, demo = DEMO) {
    const { ONCE: _once, ENGINE: _engine, ...rest } = process.env;
    this.#child = spawn(process.execPath, [demo], { env: { ...rest, ...env } });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (data: Buffer) => (this.output += data.toString()));
    }
    this.ended = new Promise((done) =>
      this.#child.on("close", (code, signal) => done(code ?? signal ?? "")),
    );
  }

  async saw(text: string): Promise<void> {
    await eventually(`the demo writes "${text}"`, () => this.output.includes(text), 20_000);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Addresses of everything that the demo says it has started. */
  get addresses(): string[] {
    return [...new Set(this.output.match(/http:\/\/127\.0\.0\.1:\d+/g))];
  }

  /** Those of its addresses that still answer. */
  async leftovers(): Promise<string[]> {
    const alive = await Promise.all(
      this.addresses.map((url) => fetch(url).then(Boolean, () => false)),
    );
    return this.addresses.filter((_, i) => alive[i]);
  }
}
