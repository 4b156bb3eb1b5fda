/**
 * Which plugins do new streams run through, and how are others put in their place? A change is made as a whole or not at all; who has
 * begun with a plugin ends with it.
 */
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import { preparePlugin, withConfiguration, type Plugin } from "./plugin.ts";
import {
  always,
  type FilterOptions,
  type PluginChain,
  type PreparedChain,
  type Routes,
} from "./plugin-chain.ts";
import type { PluginHandle } from "./plugin-handle.ts";
import { takeSame, type PluginHost } from "./plugin-host.ts";

export class RunningChain {
  private chain: PluginChain;
  private readonly host: PluginHost;

  constructor(host: PluginHost, routes: Routes) {
    this.host = host;
    this.chain = { links: [], routes };
  }

  get current(): PluginChain {
    return this.chain;
  }

  get handles(): PluginHandle[] {
    return this.chain.links.map(({ handle }) => handle);
  }

  /** Puts a plugin at the end. Throws a SimulatorError if it is refused. */
  start(plugin: Plugin, applies: FilterOptions["applies"] = always): void {
    const link = { handle: this.host.start(plugin), applies };
    this.chain = { ...this.chain, links: [...this.chain.links, link] };
  }

  /**
   * Gives a plugin (the only one, or the one of this name) another configuration. It is tried in a VM of its own first:
   * if it is refused there, an error is thrown and everything stays as it was. Streams keep the configuration that they
   * began with; the old root context ends when the last of them has ended.
   */
  reconfigure(config: Uint8Array, name?: string): void {
    const index = this.indexOf(name);
    const old = this.chain.links[index]!;
    const plugin = withConfiguration(old.handle.plugin, config);
    if (plugin.key === old.handle.plugin.key) return;
    const handle = this.host.startTried(plugin);
    const links = [...this.chain.links];
    links[index] = { ...old, handle };
    this.chain = { ...this.chain, links };
    old.handle.retire();
  }

  /**
   * Starts what a new chain needs beyond the one in use: a plugin that is the same in both keeps its root context. Rejects
   * if one of them is refused; nothing has changed then.
   */
  async prepare(filters: readonly FilterOptions[], routes: Routes): Promise<PreparedChain> {
    const plugins = await Promise.all(filters.map(preparePlugin));
    const reusable = new Set(this.handles.filter(({ vm }) => !vm.failed));
    const started: PluginHandle[] = [];
    try {
      const links = plugins.map((plugin, i) => {
        const handle = takeSame(reusable, plugin) ?? this.host.startTried(plugin);
        if (!this.handles.includes(handle)) started.push(handle);
        return { handle, applies: filters[i]?.applies ?? always };
      });
      return { links, routes, started };
    } catch (error) {
      for (const handle of started) handle.retire();
      throw error;
    }
  }

  /** New streams get it from now on. */
  use({ links, routes }: PreparedChain): void {
    const old = this.handles;
    this.chain = { links, routes };
    const kept = new Set(this.handles);
    for (const handle of old) if (!kept.has(handle)) handle.retire();
    this.host.forgetIdle(this.handles);
  }

  discard({ started }: PreparedChain): void {
    for (const handle of started) handle.retire();
    this.host.forgetIdle(this.handles);
  }

  private indexOf(name: string | undefined): number {
    const { handles } = this;
    if (name === undefined && handles.length === 1) return 0;
    const index = handles.findIndex((handle) => handle.plugin.name === name);
    if (index >= 0) return index;
    const names = handles.map((handle) => `"${handle.plugin.name}"`).join(", ");
    throw new SimulatorError(
      errorCodes.badOption,
      `no plugin "${name ?? ""}"; there are: ${names}`,
    );
  }

  /** No plugin is left to new streams. */
  end(): void {
    for (const handle of this.handles) handle.retire();
    this.chain = { ...this.chain, links: [] };
  }
}
