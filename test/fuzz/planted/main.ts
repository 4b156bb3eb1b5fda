/** What does `make fuzz-planted` do? Plants each bug of the list, and tells how long the fuzzers take to find it: a minute at most. */
import { readFileSync } from "node:fs";
import type { Found } from "../run/loop.ts";
import { fuzzWatched } from "../run/watched.ts";
import { TARGETS } from "../targets/all.ts";
import { BUGS, type Bug } from "./bugs.ts";
import { buildVariant } from "./variant.ts";

const WITHIN_MS = Number(process.env.SECONDS || 60) * 1000;
const seed = Number(process.env.SEED || 1);
const only = process.env.BUG ?? "";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function hunt(bug: Bug): Promise<{ found: Found | null; inputs: number; seconds: number }> {
  const module = new WebAssembly.Module(readFileSync(buildVariant(bug)));
  const began = performance.now();
  let inputs = 0;
  const targets = TARGETS.map(({ name }) => name);
  const task = { module, targets, seed, from: 0, milliseconds: WITHIN_MS };
  const found = await fuzzWatched(task, (_target, count) => void (inputs += count));
  return { found, inputs, seconds: (performance.now() - began) / 1000 };
}

const chosen = BUGS.filter(({ name }) => name.includes(only));
let missed = chosen.length === 0 ? 1 : 0;
for (const bug of chosen) {
  const { found, inputs, seconds } = await hunt(bug);
  if (found === null) missed++;
  const what =
    found === null ? "NOT FOUND" : `found by ${found.target}: ${found.message.slice(0, 90)}`;
  say(`${bug.name}: ${seconds.toFixed(1)} s, ${inputs} inputs, ${what}`);
}
say(
  `${chosen.length - missed} of ${chosen.length} planted bugs found, each within ${WITHIN_MS / 1000} s; seed ${seed}`,
);
process.exitCode = missed === 0 ? 0 : 1;
