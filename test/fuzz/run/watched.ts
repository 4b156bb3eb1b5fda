/** How are inputs tried under watch? In a worker; an input that does not end is a find like any other. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { TARGETS } from "../targets/all.ts";
import type { Found } from "./loop.ts";
import type { News, Task } from "./worker.ts";

/** No input takes a hundredth of it, on a busy machine either. */
const HUNG_AFTER_MS = 30_000;

export type OnSlice = (target: string, inputs: number, callbacks: number) => void;

export async function fuzzWatched(task: Omit<Task, "at">, onSlice: OnSlice): Promise<Found | null> {
  const at = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(join(import.meta.dirname, "fuzz-worker.mjs"), {
    workerData: { ...task, at },
  });
  let last = -1;
  let since = performance.now();
  const hang = new Promise<Found>((resolve) => {
    const timer = setInterval(() => {
      const index = Atomics.load(at, 1) * TARGETS.length + Atomics.load(at, 0);
      if (index !== last) since = performance.now();
      last = index;
      if (performance.now() - since > HUNG_AFTER_MS) resolve(hung(at, task.seed));
    }, 500);
    worker.on("exit", () => clearInterval(timer));
  });
  const end = new Promise<Found | null>((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (news: News) => {
      if (news.kind === "end") resolve(news.find);
      else onSlice(news.target, news.inputs, news.callbacks);
    });
  });
  const find = await Promise.race([end, hang]);
  await worker.terminate();
  return find;
}

function hung(at: Int32Array, seed: number): Found {
  const target = TARGETS[at[0]!]!.name;
  return {
    target,
    seed,
    index: at[1]!,
    rule: "hang",
    message: "hang: the policy does not return",
    choices: [],
  };
}
