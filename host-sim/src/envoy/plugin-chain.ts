/**
 * Which plugins does a new stream get, and where may it go? A chain is replaced as a whole: a stream keeps the one that it
 * began with (Envoy: a listener's filter chain factory, drained after an update).
 */
import type { HeaderMap } from "./header-map.ts";
import type { PluginHandle } from "./plugin-handle.ts";
import type { PluginOptions } from "./plugin.ts";
import type { RouteTable } from "./route.ts";

export interface FilterOptions extends PluginOptions {
  /** Only requests like these get the filter; without it, all. */
  readonly applies?: (headers: HeaderMap) => boolean;
}

/** Name of the cluster that requests go to, or a choice for each. */
export type Routes = Pick<RouteTable, "match"> | string;

export interface ChainLink {
  readonly handle: PluginHandle;
  readonly applies: (headers: HeaderMap) => boolean;
}

export interface PluginChain {
  readonly links: readonly ChainLink[];
  readonly routes: Routes;
}

/** A chain whose filters run already, but that no stream gets yet. */
export interface PreparedChain extends PluginChain {
  /** Those that the chain in use does not have. */
  readonly started: readonly PluginHandle[];
}

export const always = (): boolean => true;
