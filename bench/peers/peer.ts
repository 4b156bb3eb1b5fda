/** How is a peer of the gateways (API, node) run as a process of its own, and asked what it has served? */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Counts } from "./counts.ts";

export class Peer {
  readonly #child: ChildProcess;
  readonly #gone: Promise<never>;
  ports: Readonly<Record<string, number>> = {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#gone = once(child, "exit").then(() => {
      throw new Error("a peer of the gateways has ended");
    });
    this.#gone.catch(() => undefined);
  }

  /** `name`: a bundle beside this one. */
  static async start(directory: string, name: string): Promise<Peer> {
    const peer = new Peer(fork(join(directory, `${name}.mjs`)));
    peer.ports = (await peer.#message()) as Record<string, number>;
    return peer;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async counts(): Promise<Counts> {
    this.#child.send("counts?");
    return (await this.#message()) as Counts;
  }

  stop(): void {
    this.#child.kill();
  }

  async #message(): Promise<unknown> {
    const [message] = (await Promise.race([once(this.#child, "message"), this.#gone])) as [unknown];
    return message;
  }
}

/** What was served between two moments. */
export function since(before: Counts, after: Counts): Counts {
  const entries = Object.entries(after) as [keyof Counts, number][];
  return Object.fromEntries(entries.map(([key, n]) => [key, n - before[key]])) as unknown as Counts;
}
