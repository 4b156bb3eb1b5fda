/** Which upstreams does the gateway know? The one of its route and those that filters may call, by name. */
import type { Cluster } from "../envoy/http.ts";
import { HttpCluster } from "./http-cluster.ts";

export const ROUTE_CLUSTER = "upstream";

export class ClusterSet {
  readonly #clusters = new Map<string, HttpCluster>();
  readonly #insecure: boolean;

  constructor(insecure: boolean) {
    this.#insecure = insecure;
  }

  /** A name that is known already keeps its upstream. Throws an Error of one line if the URL can't be an upstream. */
  async add(name: string, url: string): Promise<void> {
    if (this.#clusters.has(name)) return;
    this.#clusters.set(name, await HttpCluster.create({ name, url, insecure: this.#insecure }));
  }

  get(name: string): Cluster | undefined {
    return this.#clusters.get(name);
  }

  [Symbol.iterator](): Iterator<HttpCluster> {
    return this.#clusters.values();
  }

  async close(): Promise<void> {
    for (const cluster of this.#clusters.values()) await cluster.close();
  }
}
