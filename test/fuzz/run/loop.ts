/** How are inputs tried, one after the other, until something is found or the limit is reached? */
import { Choices } from "../choices.ts";
import { Find } from "../find.ts";
import { Vm } from "../host/vm.ts";
import type { Target } from "../targets/target.ts";

export interface Limits {
  /** Whichever comes first. */
  readonly inputs?: number;
  readonly milliseconds?: number;
  /** Index of the first input; the begin of a VM. */
  readonly from?: number;
  /** Called before each. */
  readonly onInput?: (index: number) => void;
}

export interface Outcome {
  readonly inputs: number;
  readonly callbacks: number;
  readonly milliseconds: number;
  /** Pages of 64 KiB that the largest VM has come to. */
  readonly pages: number;
  readonly find: Found | null;
}

/** With `target`, `seed` and `index` a find can be made again, with `choices` alone in most cases. */
export interface Found {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly rule: string;
  readonly message: string;
  readonly choices: readonly number[];
}

/** So many inputs go to one VM: its memory has to stay bounded all the while. */
export const INPUTS_A_VM = 4000;
/** 44 MiB: bodies and heads of a few requests, doubled by AssemblyScript's allocator, and what is garbage between two collections. */
const MOST_PAGES = 700;

export function fuzz(
  module: WebAssembly.Module,
  target: Target,
  seed: number,
  limits: Limits,
): Outcome {
  const began = performance.now();
  const first = limits.from ?? 0;
  const end = first + (limits.inputs ?? Infinity);
  const until = began + (limits.milliseconds ?? Infinity);
  let vm = new Vm(module);
  const sum = { callbacks: 0, pages: 0 };
  let index = first;
  let find: Found | null = null;
  while (index < end && find === null && (index % 16 !== 0 || performance.now() < until)) {
    limits.onInput?.(index);
    find = tryOne(vm, target, seed, index++);
    sum.pages = Math.max(sum.pages, vm.pages);
    if (index % INPUTS_A_VM !== 0) continue;
    sum.callbacks += vm.calls;
    vm = new Vm(module);
  }
  const callbacks = sum.callbacks + vm.calls;
  const milliseconds = performance.now() - began;
  return { inputs: index - first, callbacks, milliseconds, pages: sum.pages, find };
}

function tryOne(vm: Vm, target: Target, seed: number, index: number): Found | null {
  const choices = Choices.seeded(seed, index);
  const find = play(vm, target, choices);
  if (find === null) return null;
  const { rule, message } = find;
  return { target: target.name, seed, index, rule, message, choices: choices.drawn };
}

export function play(vm: Vm, target: Target, choices: Choices): Find | null {
  try {
    target.play(vm, choices);
    if (vm.pages > MOST_PAGES) throw new Find("memory", `${vm.pages} pages of 64 KiB`);
    return null;
  } catch (error) {
    if (error instanceof Find) return error;
    throw error;
  }
}

/** What the same choices lead to in a new VM. */
export function replay(
  module: WebAssembly.Module,
  target: Target,
  choices: readonly number[],
  trace: ((line: string) => void) | null = null,
): Find | null {
  const vm = new Vm(module);
  vm.trace = trace;
  return play(vm, target, Choices.replayed(choices));
}
