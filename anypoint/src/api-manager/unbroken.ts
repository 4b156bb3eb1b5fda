/** How is Ctrl-C kept from leaving an API without its policy? What has begun comes to its end, or is put back; then we stop. */
import { Problem } from "../problem.ts";
import type { Progress } from "../progress.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Rejects with a Problem "interrupted" after `work` is done, if there was a signal meanwhile. */
export async function unbroken<T>(
  progress: Progress,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  let signalled = false;
  const note = (): void => {
    if (!signalled) progress.say(`${what} is ended first, so that nothing is left half done ...`);
    signalled = true;
  };
  const others = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  for (const [signal] of others) process.removeAllListeners(signal).on(signal, note);
  try {
    const result = await work();
    if (signalled)
      throw new Problem("interrupted", `interrupted; ${what} was done, nothing after it`);
    return result;
  } finally {
    for (const [signal, listeners] of others) {
      process.removeListener(signal, note);
      for (const listener of listeners) process.on(signal, listener);
    }
  }
}
