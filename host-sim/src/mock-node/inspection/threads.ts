/** Which threads inspect requests? Those of all nodes of this process; they end with it. */
import { availableParallelism } from "node:os";
import Tinypool from "tinypool";
import type { Task } from "./task.ts";
import { workerFile } from "./worker-file.ts";

export type LaneName = "quick" | "slow";

/** So many threads has each lane. The quick ones never wait for the slow ones. */
export const THREADS: Readonly<Record<LaneName, number>> = {
  quick: 2,
  slow: Math.max(1, availableParallelism() - 1),
};

const pools = new Map<LaneName, Promise<Tinypool>>();

/** Starting threads costs time and memory: they are started when they are first needed, and kept. */
export function threadsOf(lane: LaneName): Promise<Tinypool> {
  const known = pools.get(lane);
  if (known) return known;
  const pool = start(THREADS[lane]);
  pools.set(lane, pool);
  return pool;
}

/** Resolves when all threads have loaded the rules and worked once: the first message needn't wait for that. */
export async function startThreads(): Promise<void> {
  await Promise.all([threadsOf("quick"), threadsOf("slow")]);
}

async function start(threads: number): Promise<Tinypool> {
  const filename = await workerFile();
  const pool = new Tinypool({ filename, minThreads: threads, maxThreads: threads });
  const request = { method: "GET", path: "/", headers: [], body: new Uint8Array(), complete: true };
  const task: Task = { request, base64Points: [], limits: {}, begun: new Float64Array(1) };
  await Promise.all(Array.from({ length: threads }, () => pool.run(task)));
  return pool;
}
