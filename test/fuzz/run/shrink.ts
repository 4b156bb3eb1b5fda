/** What is the least that shows a find? Pieces of the list of choices are left out, and numbers made smaller, while the rule stays broken. */
import type { Target } from "../targets/target.ts";
import { replay, type Found } from "./loop.ts";

/** Undefined: in a new VM the choices lead to no such find. */
export function shrink(
  module: WebAssembly.Module,
  target: Target,
  found: Found,
  milliseconds: number,
): Found | undefined {
  const until = performance.now() + milliseconds;
  const breaks = (choices: readonly number[]): string | null => {
    const find = replay(module, target, choices);
    return find?.rule === found.rule ? find.message : null;
  };
  let message = breaks(found.choices);
  if (message === null) return undefined;
  let choices = found.choices;
  for (let before = -1; before !== weight(choices) && performance.now() < until;) {
    before = weight(choices);
    for (const smaller of candidates(choices)) {
      if (performance.now() > until) break;
      const still = weight(smaller) < weight(choices) ? breaks(smaller) : null;
      if (still === null) continue;
      choices = smaller;
      message = still;
      break;
    }
  }
  return { ...found, message, choices };
}

/** Shorter counts most, then smaller numbers. */
const weight = (choices: readonly number[]): number =>
  choices.length * 1e6 + choices.reduce((sum, one) => sum + Math.min(one, 100), 0);

function* candidates(choices: readonly number[]): Iterable<number[]> {
  for (let size = choices.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < choices.length; at += size) {
      yield [...choices.slice(0, at), ...choices.slice(at + size)];
    }
  }
  for (let size = 8; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= choices.length; at += size) {
      if (choices.slice(at, at + size).every((one) => one === 0)) continue;
      yield choices.map((one, i) => (i >= at && i < at + size ? 0 : one));
    }
  }
  for (let at = 0; at < choices.length; at++) {
    if (choices[at]! > 1) yield choices.map((one, i) => (i === at ? one >> 1 : one));
  }
}
