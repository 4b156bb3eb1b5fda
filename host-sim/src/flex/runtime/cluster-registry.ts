/**
 * Which upstreams does the gateway reach, by name? Those of its routes and the services that policies asked for. One that
 * did not change keeps its connections through a change of the configuration; one that is no longer wanted stays until
 * nothing that began before can ask for it.
 */
import { HttpCluster } from "../../gateway/http-cluster.ts";

interface Retired {
  readonly cluster: HttpCluster;
  /** Requests of this generation, or of one before, may still ask for it. */
  readonly generation: number;
}

export class ClusterRegistry {
  readonly #insecure: boolean;
  #inUse = new Map<string, HttpCluster>();
  #coming = new Map<string, HttpCluster>();
  #retired: Retired[] = [];

  constructor(insecure: boolean) {
    this.#insecure = insecure;
  }

  /** A coming one is found too: policies may call while they are configured. */
  find(name: string): HttpCluster | undefined {
    const now = this.#inUse.get(name) ?? this.#coming.get(name);
    return now ?? this.#retired.findLast(({ cluster }) => cluster.name === name)?.cluster;
  }

  /** Makes what `wanted`, URLs by name, has beyond the ones in use. Rejects with an Error of one line. */
  async prepare(wanted: ReadonlyMap<string, string>): Promise<void> {
    const coming = new Map<string, HttpCluster>();
    for (const [name, url] of wanted) {
      const found = this.#inUse.get(name);
      const same = found?.url === url;
      coming.set(
        name,
        same ? found : await HttpCluster.create({ name, url, insecure: this.#insecure }),
      );
    }
    this.#coming = coming;
  }

  discard(): void {
    for (const [name, cluster] of this.#coming) {
      if (this.#inUse.get(name) !== cluster) void cluster.close();
    }
    this.#coming = new Map();
  }

  /** What was prepared is in use from now on. */
  use(generation: number): void {
    const before = this.#inUse;
    this.#inUse = this.#coming;
    this.#coming = new Map();
    for (const [name, cluster] of before) {
      if (this.#inUse.get(name) !== cluster) this.#retired.push({ cluster, generation });
    }
  }

  get retired(): number {
    return this.#retired.length;
  }

  /** Closes those that nobody of generation `oldest` or later can know. */
  closeRetired(oldest: number): void {
    const isIdle = ({ cluster, generation }: Retired): boolean =>
      generation < oldest && cluster.stats.upstream_rq_active === 0;
    for (const each of this.#retired.filter(isIdle)) void each.cluster.close();
    this.#retired = this.#retired.filter((each) => !isIdle(each));
  }

  [Symbol.iterator](): Iterator<HttpCluster> {
    return this.#inUse.values();
  }

  async close(): Promise<void> {
    const all = [...this.#inUse.values(), ...this.#retired.map(({ cluster }) => cluster)];
    await Promise.all(all.map((cluster) => cluster.close()));
  }
}
