/** Who judges mutants? One process at a time, and another one where the first has hung. */
import { fork } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transportsOf } from "./tests.mjs";
import { copyOf, sourceIn } from "./workspace.mjs";

/** For the tests of one mutant up to each stage, several times what they take. */
const DEADLINES_MS = [60_000, 150_000, 600_000];

export class Judges {
  #engine;
  #copy;
  #judge;
  #transports;
  /** What the judge changes. */
  #untouched;

  constructor(root, engine) {
    this.#copy = copyOf(root);
    this.#engine = engine;
  }

  async ask(file, text, tests) {
    const transports = transportsOf(file);
    if (this.#transports !== transports) this.#stop();
    this.#transports = transports;
    if (this.#judge === undefined) await this.#start();
    this.#untouched = { path: join(this.#copy, file), text: sourceIn(this.#copy, file) };
    const answer = this.#answer(DEADLINES_MS[tests.length - 1]);
    this.#judge.send({ file, text, tests });
    return answer;
  }

  end() {
    this.#stop();
    rmSync(this.#copy, { recursive: true, force: true });
  }

  #start() {
    const env = {
      ...process.env,
      ENGINES: this.#engine,
      TRANSPORTS: this.#transports,
      DEADLINE_MS: "5000",
    };
    delete env.POLICY_WASM;
    this.#judge = fork(join(import.meta.dirname, "judge.mjs"), [this.#copy], {
      env,
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return this.#answer(DEADLINES_MS[1]);
  }

  #stop() {
    // With all of its workers.
    if (this.#judge !== undefined) process.kill(-this.#judge.pid, "SIGKILL");
    this.#judge = undefined;
  }

  #answer(deadlineMs) {
    const judge = this.#judge;
    return new Promise((done) => {
      const hangs = (test) => {
        clearTimeout(deadline);
        judge.removeAllListeners();
        this.#stop();
        // It has not come to that itself.
        if (this.#untouched) writeFileSync(this.#untouched.path, this.#untouched.text);
        done({ outcome: "killed", by: "", test });
      };
      const deadline = setTimeout(hangs, deadlineMs, "its deadline");
      judge.once("exit", () => hangs("the end of its process"));
      judge.once("message", (answer) => {
        clearTimeout(deadline);
        judge.removeAllListeners();
        done(answer);
      });
    });
  }
}
