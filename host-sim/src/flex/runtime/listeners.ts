/** Where does the gateway listen? At each address that an API has, and nowhere else; APIs of one address share its listener. */
import type { AddressInfo } from "node:net";
import type { StreamFactory } from "../../gateway/downstream-stream.ts";
import { Listener } from "../../gateway/listener.ts";
import { ConfigurationError } from "../documents/problems.ts";
import { addressKey, type ApiModel } from "../model/gateway-model.ts";

export interface OpenListener {
  readonly listener: Listener;
  /** With the port that it really has. */
  readonly url: string;
}

export class Listeners {
  readonly #createStream: (address: string) => StreamFactory;
  #open = new Map<string, OpenListener>();
  #coming = new Map<string, OpenListener>();
  readonly #closing = new Set<Promise<void>>();

  constructor(createStream: (address: string) => StreamFactory) {
    this.#createStream = createStream;
  }

  /** Opens those that are not open yet. Rejects with a ConfigurationError; call `discard` then. */
  async prepare(apis: readonly ApiModel[]): Promise<void> {
    for (const api of apis) {
      const key = addressKey(api.address);
      if (this.#coming.has(key)) continue;
      this.#coming.set(key, this.#open.get(key) ?? (await this.#listen(key, api)));
    }
  }

  async #listen(key: string, api: ApiModel): Promise<OpenListener> {
    const { host, port } = api.address;
    const listener = new Listener({ host, port, createStream: this.#createStream(key) });
    try {
      return { listener, url: urlOf(await listener.listen()) };
    } catch (error) {
      throw new ConfigurationError([`${api.where}: spec.address: "${key}": ${reasonOf(error)}`]);
    }
  }

  /** Returns the URLs of those that are new. */
  use(drainMs: number): string[] {
    const before = this.#open;
    this.#open = this.#coming;
    this.#coming = new Map();
    for (const [key, { listener }] of before)
      if (!this.#open.has(key)) this.#close(listener, drainMs);
    return [...this.#open].filter(([key]) => !before.has(key)).map(([, { url }]) => url);
  }

  discard(): void {
    for (const [key, { listener }] of this.#coming) {
      if (!this.#open.has(key)) this.#close(listener, 0);
    }
    this.#coming = new Map();
  }

  #close(listener: Listener, drainMs: number): void {
    const closed = listener.drain(drainMs);
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }

  [Symbol.iterator](): Iterator<[string, OpenListener]> {
    return this.#open.entries();
  }

  async drain(ms: number): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ listener }) => listener.drain(ms)));
    await Promise.all(this.#closing);
  }
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE")
    return "the address is already in use; stop what listens there, or take another port";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this machine has no such address";
  if (code === "EACCES") return "permission denied; ports below 1024 are for root alone";
  return error instanceof Error ? error.message : String(error);
}
