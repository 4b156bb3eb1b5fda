/** What does `make fuzz` do? Tries inputs for as long as wanted, tells how it goes, and keeps what it finds so that it can be repeated. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "../targets/all.ts";
import type { Target } from "../targets/target.ts";
import { INPUTS_A_VM, replay, type Found } from "./loop.ts";
import { shrink } from "./shrink.ts";
import { fuzzWatched } from "./watched.ts";

const FINDS = "build/fuzz";
const SHRINKING_MS = 20_000;

const variable = (name: string, fallback: string): string => process.env[name] || fallback;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function whole(name: string, fallback: number): number {
  const text = variable(name, String(fallback));
  if (/^\d{1,10}$/.test(text)) return Number(text);
  fail(`${name}: ${text} is not allowed; allowed: a whole number`);
}

function chosen(): readonly Target[] {
  const name = variable("TARGET", "all");
  const targets = TARGETS.filter((target) => name === "all" || target.name === name);
  if (targets.length > 0) return targets;
  fail(
    `TARGET: ${name} is not allowed; allowed: all, ${TARGETS.map((each) => each.name).join(", ")}`,
  );
}

function readModule(): WebAssembly.Module {
  const file = variable("WASM", "build/wallarm-policy.wasm");
  if (!existsSync(file)) fail(`WASM: ${file} is not there; run make build`);
  return new WebAssembly.Module(readFileSync(file));
}

class Progress {
  readonly #began = performance.now();
  readonly #counts = new Map<string, number>();
  #callbacks = 0;
  #said = 0;

  add(target: string, inputs: number, callbacks: number): void {
    this.#counts.set(target, (this.#counts.get(target) ?? 0) + inputs);
    this.#callbacks += callbacks;
    const interval = process.stdout.isTTY ? 500 : 10_000;
    if (performance.now() - this.#said < interval) return;
    this.#said = performance.now();
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${this.line}` : `${this.line}\n`);
  }

  get line(): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const inputs = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const each = [...this.#counts].map(([name, count]) => `${name} ${count}`).join(", ");
    const rate = Math.round(inputs / seconds);
    return `${seconds.toFixed(0)} s: ${inputs} inputs (${rate} a second; ${each}), ${this.#callbacks} callbacks`;
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
    say(this.line);
  }
}

async function run(
  module: WebAssembly.Module,
  targets: readonly Target[],
  seed: number,
): Promise<Found | null> {
  const progress = new Progress();
  const task = { module, targets: targets.map(({ name }) => name), seed, from: whole("FROM", 0) };
  const milliseconds = whole("SECONDS", 60) * 1000;
  const found = await fuzzWatched({ ...task, milliseconds }, (...slice) => progress.add(...slice));
  progress.end();
  return found;
}

function keep(module: WebAssembly.Module, target: Target, found: Found): void {
  say(`FOUND by ${found.target}, seed ${found.seed}, input ${found.index}: ${found.message}`);
  const small = found.rule === "hang" ? undefined : shrink(module, target, found, SHRINKING_MS);
  mkdirSync(FINDS, { recursive: true });
  const file = join(FINDS, `${found.target}-${found.seed}-${found.index}.json`);
  writeFileSync(file, JSON.stringify(small ?? found));
  if (small !== undefined) {
    say(`${small.choices.length} choices are enough: ${small.message}`);
    say(`to see it again, call by call:  make fuzz REPLAY=${file}`);
  } else {
    const from = found.index - (found.index % INPUTS_A_VM);
    say("it needs what came before it in the same VM; to see it again:");
    say(`  make fuzz TARGET=${found.target} SEED=${found.seed} FROM=${from}`);
  }
}

function show(module: WebAssembly.Module, file: string): void {
  if (!existsSync(file))
    fail(`REPLAY: ${file} is not there; a run that finds something tells its name`);
  const { target: name, choices } = JSON.parse(readFileSync(file, "utf8")) as Found;
  const target = TARGETS.find((each) => each.name === name) ?? fail(`REPLAY: no target ${name}`);
  const find = replay(module, target, choices, say);
  say(find === null ? "nothing is found any more" : `FOUND ${find.message}\n${find.stack ?? ""}`);
  process.exit(find === null ? 0 : 1);
}

const module = readModule();
const file = variable("REPLAY", "");
if (file !== "") show(module, file);
const targets = chosen();
const seed = whole("SEED", Date.now() % 1_000_000_000);
say(`seed ${seed}; targets: ${targets.map(({ name }) => name).join(", ")}`);
const found = await run(module, targets, seed);
if (found === null) say(`nothing found; the same again: make fuzz SEED=${seed}`);
else
  keep(
    module,
    TARGETS.find(({ name }) => name === found.target)!,
    found,
  );
process.exitCode = found === null ? 0 : 1;
