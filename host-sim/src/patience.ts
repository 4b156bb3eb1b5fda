/** How long does a test wait for something that does not come? A hang becomes an error that names what is waited for. */
import type { Crash } from "./crash.ts";
import { errorCodes, SimulatorError } from "./wasm/errors.ts";

/** Below the five seconds after which most test runners only say that a test took too long. */
export const defaultDeadlineMs = 4_000;

export class Patience {
  private readonly deadlineMs: number;
  private readonly waitsFor: () => string;

  private readonly crash: Crash;

  constructor(deadlineMs: number, waitsFor: () => string, crash: Crash) {
    this.crash = crash;
    this.deadlineMs = deadlineMs;
    this.waitsFor = waitsFor;
  }

  /** In real time, whatever the gateway's clock is. */
  async wait(event: Promise<void>): Promise<void> {
    await this.untilDeadline(event);
    this.crash.check();
  }

  private async untilDeadline(event: Promise<void>): Promise<void> {
    if (this.deadlineMs === 0) return event;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.error()), this.deadlineMs);
    });
    await Promise.race([event, late]).finally(() => clearTimeout(timer));
  }

  private error(): SimulatorError {
    const text = `nothing came within ${this.deadlineMs} ms (deadlineMs): ${this.waitsFor()}`;
    return new SimulatorError(errorCodes.deadline, text);
  }
}
