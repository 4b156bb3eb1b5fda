/** Who tries inputs, so that one that never ends can be noticed? A thread of its own, which tells before each slice where it is. */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { TARGETS } from "../targets/all.ts";
import { fuzz, INPUTS_A_VM, type Found } from "./loop.ts";

export interface Task {
  readonly module: WebAssembly.Module;
  readonly targets: readonly string[];
  readonly seed: number;
  readonly from: number;
  readonly milliseconds: number;
  /** Index of the input that is being tried, for whoever watches. */
  readonly at: Int32Array;
}

export type News =
  | {
      readonly kind: "slice";
      readonly target: string;
      readonly inputs: number;
      readonly callbacks: number;
    }
  | { readonly kind: "end"; readonly find: Found | null };

/** Targets take turns, a VM each. */
function work({ module, targets, seed, from: first, milliseconds, at }: Task): Found | null {
  const until = performance.now() + milliseconds;
  const chosen = TARGETS.filter(({ name }) => targets.includes(name));
  for (let from = first; performance.now() < until; from += INPUTS_A_VM) {
    for (const target of chosen) {
      const left = Math.max(0, until - performance.now());
      Atomics.store(at, 0, TARGETS.indexOf(target));
      const onInput = (index: number): void => void Atomics.store(at, 1, index);
      const outcome = fuzz(module, target, seed, {
        inputs: INPUTS_A_VM,
        from,
        milliseconds: left,
        onInput,
      });
      const { inputs, callbacks, find } = outcome;
      tell({ kind: "slice", target: target.name, inputs, callbacks });
      if (find !== null) return find;
    }
  }
  return null;
}

const tell = (news: News): void => parentPort!.postMessage(news);

if (!isMainThread && workerData !== null) tell({ kind: "end", find: work(workerData as Task) });
