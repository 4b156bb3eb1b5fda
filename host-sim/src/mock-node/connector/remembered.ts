/**
 * Which verdict was given on a part, should the same one be asked about again? A question that a lost connection cut off, or
 * that one of several nodes could not answer, is asked once more: it must get the same verdict, and count once.
 */
import type { Answer } from "../contract/messages.ts";
import type { Askers } from "./askers.ts";

export interface Asked {
  /** Of the message's bytes. */
  readonly digest: string;
  /** Given already, or still being thought about. */
  readonly answer: Promise<Answer>;
  readonly askers: Askers;
}

export interface MemoryLimits {
  /** Requests without a further part to come. */
  readonly finished: number;
  /** Their parts. */
  readonly parts: number;
}

/** Parts of one request. */
export type AskedParts = Map<number, Asked>;

/** Finished requests; the oldest are forgotten first. */
export class FinishedRequests {
  readonly #limits: MemoryLimits;
  readonly #requests = new Map<string, AskedParts>();
  #parts = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  has(id: string): boolean {
    return this.#requests.has(id);
  }

  get(id: string): AskedParts | undefined {
    return this.#requests.get(id);
  }

  add(id: string, parts: AskedParts): void {
    this.delete(id);
    this.#requests.set(id, parts);
    this.#parts += parts.size;
    for (const oldest of this.#requests.keys()) {
      const { finished, parts: most } = this.#limits;
      if (this.#requests.size <= finished && (this.#parts <= most || oldest === id)) return;
      this.delete(oldest);
    }
  }

  delete(id: string): void {
    this.#parts -= this.#requests.get(id)?.size ?? 0;
    this.#requests.delete(id);
  }
}
