/**
 * Who looks at a request, and how long may that take? The thread that answers calls never does. Small messages have workers of
 * their own; one that takes long there goes on in the lane of the large ones, so that it keeps no other waiting.
 */
import type { MockConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { Attack, InspectedRequest } from "../detection/index.ts";
import { TIME_RULE } from "../detection/overlimit.ts";
import { Dropped, Lane, type Job } from "./lane.ts";

const SMALL = 64 * 1024;
/** Far above what a small message takes. */
const SLICE_MS = 50;

export interface Waiter {
  /** Clients take turns. */
  readonly client: string;
  readonly signal?: AbortSignal | undefined;
}

export class Inspector {
  readonly #quick: Lane;
  readonly #slow: Lane;
  readonly #limit: number;
  readonly #base64Points: readonly string[];

  constructor({ limits, timeLimit, base64Points }: MockConfig) {
    this.#quick = new Lane("quick", limits.waitingMessages);
    this.#slow = new Lane("slow", limits.waitingMessages);
    this.#limit = timeLimit;
    this.#base64Points = base64Points;
  }

  /** Rejects with a ContractError where too many wait, or nobody waits any longer. */
  async inspect(request: InspectedRequest, { client, signal }: Waiter): Promise<Attack[]> {
    const job: Job = {
      request,
      client,
      signal,
      base64Points: this.#base64Points,
      limit: this.#limit,
    };
    try {
      return await this.#run(job);
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      const counted =
        error.reason === "overload" ? { errorType: "DroppedOnOverload" as const } : {};
      const limit = error.reason === "overload" ? " (mock.limits.waiting_messages)" : "";
      throw new ContractError(503, `${error.message}${limit}`, counted);
    }
  }

  async #run(job: Job): Promise<Attack[]> {
    if (!isSmall(job.request)) return this.#slow.run(job);
    const slice = Math.min(SLICE_MS, this.#limit);
    const attacks = await this.#quick.run({ ...job, limit: slice });
    const isUnfinished = attacks.some(({ rule }) => rule === TIME_RULE);
    return isUnfinished && slice < this.#limit ? this.#slow.run(job) : attacks;
  }
}

/** What is packed may be large once it is unfolded. */
function isSmall({ path, headers, body }: InspectedRequest): boolean {
  const pairs = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return path.length + pairs + body.length < SMALL && !isPacked({ headers, body });
}

/** By its header, or as gzip shows itself. */
export function isPacked({ headers, body }: Pick<InspectedRequest, "headers" | "body">): boolean {
  if (body[0] === 0x1f && body[1] === 0x8b) return true;
  return headers.some(
    ([name, value]) => name.toLowerCase() === "content-encoding" && value.trim() !== "identity",
  );
}
