/** When does a request that waits get a worker, and what if the worker does not come back? */
import type { Attack, InspectedRequest } from "../detection/index.ts";
import { overTime } from "../detection/overlimit.ts";
import { FairQueue } from "./fair-queue.ts";
import type { Task } from "./task.ts";
import { THREADS, threadsOf, type LaneName } from "./threads.ts";

export interface Job {
  readonly request: InspectedRequest;
  readonly client: string;
  readonly base64Points: readonly string[];
  /** Milliseconds from when a worker begins. */
  readonly limit: number;
  /** Aborted when nobody waits for the result any longer. */
  readonly signal: AbortSignal | undefined;
}

/** Why there is no result. */
export class Dropped extends Error {
  readonly reason: "overload" | "gone";

  constructor(reason: "overload" | "gone") {
    super(reason === "gone" ? "nobody waits for the verdict" : "too many messages wait");
    this.name = "Dropped";
    this.reason = reason;
  }
}

interface Waiting {
  readonly job: Job;
  readonly start: () => void;
  readonly drop: (why: Dropped) => void;
}

/** A worker looks at its clock between two steps; one that is stuck in a step is ended so long after its limit. */
const GRACE_MS = 250;

export class Lane {
  readonly #name: LaneName;
  readonly #queue: FairQueue<Waiting>;
  #running = 0;

  constructor(name: LaneName, most: number) {
    this.#name = name;
    this.#queue = new FairQueue(most);
  }

  /** Rejects with Dropped. */
  run(job: Job): Promise<Attack[]> {
    return new Promise((resolve, reject) => {
      const { signal, client } = job;
      const gone = (): void => {
        this.#queue.remove(client, waiting);
        reject(new Dropped("gone"));
      };
      const start = (): void => {
        signal?.removeEventListener("abort", gone);
        this.#work(job).then(resolve, reject);
      };
      const waiting: Waiting = { job, start, drop: reject };
      if (signal?.aborted) {
        reject(new Dropped("gone"));
        return;
      }
      signal?.addEventListener("abort", gone, { once: true });
      this.#queue.push(client, waiting)?.drop(new Dropped("overload"));
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < THREADS[this.#name]) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      this.#running += 1;
      waiting.start();
    }
  }

  async #work(job: Job): Promise<Attack[]> {
    try {
      return await this.#timed(job);
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  async #timed(job: Job): Promise<Attack[]> {
    const pool = await threadsOf(this.#name);
    const begun = new Float64Array(new SharedArrayBuffer(8));
    const stuck = new AbortController();
    const limit = job.limit + GRACE_MS;
    const watch = watchClock(begun, limit, () => stuck.abort());
    try {
      // A copy, and given away: a view would take all of the call that it is part of along.
      const body = Uint8Array.from(job.request.body);
      const task: Task = {
        request: { ...job.request, body },
        base64Points: job.base64Points,
        limits: { milliseconds: job.limit },
        begun,
      };
      const transferList = [body.buffer];
      return (await pool.run(task, { signal: stuck.signal, transferList })) as Attack[];
    } catch (error) {
      if (stuck.signal.aborted) return [overTime(job.limit)];
      throw error;
    } finally {
      watch.stop();
    }
  }
}

/** Before the worker begins, the clock stands. */
function watchClock(begun: Float64Array, ms: number, over: () => void): { stop: () => void } {
  const look = (): void => {
    const since = begun[0]!;
    const left = since === 0 ? ms : since + ms - Date.now();
    if (left <= 0) over();
    else timer = setTimeout(look, left);
  };
  let timer = setTimeout(look, ms);
  return { stop: () => clearTimeout(timer) };
}
