/** How does a test wait for something without sleeping for a fixed time? It polls a condition, or a gate is opened. */
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 10;
/** `DEADLINE_MS` shortens every deadline: scripts/mutate.mjs sets it, for a mutant that hangs is a mutant that is found. */
const LONGEST_MS = Number(process.env.DEADLINE_MS ?? Infinity);

/** The first value of `probe` that is not `undefined` or false; an error that names `what` at the deadline. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + Math.min(deadlineMs, LONGEST_MS);
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

/** `promise`, or an error that names `what` when it takes too long. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  deadlineMs = 30_000,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error(`not within ${deadlineMs} ms: ${what}`));
    timer = setTimeout(fail, Math.min(deadlineMs, LONGEST_MS));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Holds whoever waits until the test opens it. */
export class Gate {
  readonly opened: Promise<void>;
  #open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open();
  }
}
