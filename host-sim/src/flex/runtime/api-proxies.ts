/**
 * Who runs the filters of each API? One proxy an API, which outlives changes of its policies and routes. A change is
 * prepared for all APIs first, and then made for all at once, or for none.
 */
import type { FilterOptions, PreparedChain } from "../../envoy/plugin-chain.ts";
import type { ProxyOptions } from "../../envoy/proxy-options.ts";
import type { Proxy } from "../../envoy/proxy.ts";
import type { ApiModel } from "../model/gateway-model.ts";
import type { ApiRoutes } from "./api-routes.ts";

export interface ApiPlan {
  readonly api: ApiModel;
  readonly filters: readonly FilterOptions[];
  readonly routes: ApiRoutes;
  /** JSON that filters find in the listener's metadata. */
  readonly context: string;
}

interface Running {
  readonly proxy: Proxy;
  readonly context: string;
}

interface Coming extends Running {
  readonly id: string;
  /** `undefined`: the proxy is new. */
  readonly chain: PreparedChain | undefined;
}

/** Streams that run keep what they have. */
const NOTHING: PreparedChain = { links: [], routes: { match: () => null }, started: [] };

export type CreateProxy = (
  plan: Pick<ProxyOptions, "plugins" | "routes">,
  listenerMetadata: { readonly [apiId: string]: { readonly context: string } },
) => Promise<Proxy>;

export class ApiProxies {
  readonly #create: CreateProxy;
  #running = new Map<string, Running>();
  #coming: Coming[] = [];
  #ending: Proxy[] = [];

  constructor(create: CreateProxy) {
    this.#create = create;
  }

  find(apiId: string): Proxy | undefined {
    return this.#running.get(apiId)?.proxy;
  }

  /** Rejects with a SimulatorError; call `discard` then. */
  async prepare(plans: readonly ApiPlan[]): Promise<void> {
    for (const { api, filters, routes, context } of plans) {
      const found = this.#running.get(api.id);
      if (found?.context === context) {
        const chain = await found.proxy.prepareChain(filters, routes);
        this.#coming.push({ ...found, id: api.id, chain });
        continue;
      }
      const proxy = await this.#create({ plugins: filters, routes }, { [api.id]: { context } });
      this.#coming.push({ proxy, context, id: api.id, chain: undefined });
    }
  }

  use(): void {
    const before = this.#running;
    this.#running = new Map(this.#coming.map(({ id, proxy, context }) => [id, { proxy, context }]));
    for (const { proxy, chain } of this.#coming) if (chain !== undefined) proxy.useChain(chain);
    this.#coming = [];
    for (const [id, { proxy }] of before) {
      if (this.#running.get(id)?.proxy === proxy) continue;
      proxy.useChain(NOTHING);
      this.#ending.push(proxy);
    }
  }

  discard(): void {
    for (const { proxy, chain } of this.#coming) {
      if (chain === undefined) void proxy.close();
      else proxy.discardChain(chain);
    }
    this.#coming = [];
  }

  /** Closes proxies of APIs that are gone, once their last request has ended and all that they had to send is sent. */
  closeEnded(): void {
    const ended = this.#ending.filter(isIdle);
    for (const proxy of ended) void proxy.close();
    this.#ending = this.#ending.filter((proxy) => !ended.includes(proxy));
  }

  get ending(): number {
    return this.#ending.length;
  }

  /** Root contexts that were replaced and have not ended yet. */
  get retiredRoots(): number {
    return this.#all.reduce((sum, proxy) => sum + proxy.retiredRoots, 0);
  }

  get #all(): Proxy[] {
    return [...[...this.#running.values()].map(({ proxy }) => proxy), ...this.#ending];
  }

  setLogLevel(level: Proxy["log"]["level"]): void {
    for (const proxy of this.#all) proxy.log.level = level;
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#all.map((proxy) => proxy.close(graceMs)));
  }
}

function isIdle({ contexts, retiredRoots }: Proxy): boolean {
  return contexts.streams === 0 && retiredRoots === 0;
}
