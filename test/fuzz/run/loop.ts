/** How are inputs tried, one after the other, until something is found or time is over? */
import { Choices } from "../choices.ts";
import { Find } from "../find.ts";
import { Vm } from "../host/vm.ts";
import type { Target } from "../targets/target.ts";

export interface Limits {
  /** Whichever comes first. */
  readonly inputs?: number;
  readonly milliseconds?: number;
}

export interface Outcome {
  readonly inputs: number;
  readonly callbacks: number;
  readonly milliseconds: number;
  /** Pages of 64 KiB that the largest VM has come to. */
  readonly pages: number;
  readonly find: Found | null;
}

export interface Found {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly rule: string;
  readonly message: string;
  /** What was chosen, from which the input can be made again. */
  readonly choices: readonly number[];
}

/** So many inputs go to one VM: its memory has to stay bounded all the while. */
const INPUTS_A_VM = 4000;
const MOST_PAGES = 2000;

export function fuzz(
  module: WebAssembly.Module,
  target: Target,
  seed: number,
  limits: Limits,
  onProgress: (inputs: number) => void = () => {},
): Outcome {
  const began = performance.now();
  const most = limits.inputs ?? Infinity;
  const until = began + (limits.milliseconds ?? Infinity);
  let vm = new Vm(module);
  let callbacks = 0;
  let pages = 0;
  let inputs = 0;
  let find: Found | null = null;
  while (inputs < most && find === null && (inputs % 16 !== 0 || performance.now() < until)) {
    const choices = Choices.seeded(seed, inputs);
    find = tryOne(vm, target, choices, seed, inputs);
    inputs++;
    pages = Math.max(pages, vm.pages);
    if (inputs % 1024 === 0) onProgress(inputs);
    if (inputs % INPUTS_A_VM !== 0) continue;
    callbacks += vm.calls;
    vm = new Vm(module);
  }
  return {
    inputs,
    callbacks: callbacks + vm.calls,
    milliseconds: performance.now() - began,
    pages,
    find,
  };
}

function tryOne(
  vm: Vm,
  target: Target,
  choices: Choices,
  seed: number,
  index: number,
): Found | null {
  try {
    target.play(vm, choices);
    if (vm.pages > MOST_PAGES) throw new Find("memory", `${vm.pages} pages of 64 KiB`);
    return null;
  } catch (error) {
    if (!(error instanceof Find)) throw error;
    const { rule, message } = error;
    return { target: target.name, seed, index, rule, message, choices: choices.drawn };
  }
}

/** What the same choices lead to in a new VM: the rule that is broken, or null. */
export function replay(
  module: WebAssembly.Module,
  target: Target,
  choices: readonly number[],
): Find | null {
  try {
    target.play(new Vm(module), Choices.replayed(choices));
    return null;
  } catch (error) {
    if (error instanceof Find) return error;
    throw error;
  }
}
