/**
 * Which plugins run, in which VMs? Starts them, tries out a new one before it takes the place of another, and gives up VMs
 * that nothing uses any more (Envoy: source/extensions/common/wasm/wasm.cc).
 */
import { setTimeout as pause } from "node:timers/promises";
import { Log } from "./log.ts";
import type { Plugin } from "./plugin.ts";
import { PluginHandle } from "./plugin-handle.ts";
import type { Services } from "./services.ts";
import { SharedData } from "./shared-data.ts";
import { createVm, startRoot } from "./start-plugin.ts";
import { Stats } from "./stats.ts";
import type { WasmVm } from "./wasm-vm.ts";

const GRACE_STEP_MS = 10;

export class PluginHost {
  private readonly services: Services;
  private readonly vms = new Map<string, WasmVm>();

  constructor(services: Services) {
    this.services = services;
  }

  /** Throws a SimulatorError if it is refused. */
  start(plugin: Plugin): PluginHandle {
    let vm = this.vms.get(plugin.vmKey);
    if (vm === undefined || vm.failed) {
      vm = createVm(plugin, this.services);
      this.vms.set(plugin.vmKey, vm);
      this.count("active", 1n);
      this.count("created", 1n);
    }
    return new PluginHandle(vm, startRoot(vm, plugin, this.services.log));
  }

  /** As `start`, but first in a VM of its own: a trap there harms nobody (Envoy's canary). */
  startTried(plugin: Plugin): PluginHandle {
    this.tryOut(plugin);
    return this.start(plugin);
  }

  /** What the canary logs is told only if it fails. */
  private tryOut(plugin: Plugin): void {
    const { clock, log } = this.services;
    const own = new Log(clock, log.level);
    const apart = { log: own, stats: new Stats(), sharedData: new SharedData() };
    try {
      const vm = createVm(plugin, { ...this.services, ...apart });
      startRoot(vm, plugin, own);
      vm.kill();
    } catch (error) {
      for (const line of own.lines) log.copy(line);
      throw error;
    }
  }

  /** VMs of none of these, where no stream and no root context is left. */
  forgetIdle(handles: readonly PluginHandle[]): void {
    const used = new Set(handles.map(({ vm }) => vm));
    for (const [key, vm] of this.vms) {
      if (used.has(vm) || vm.contexts.size > 0) continue;
      this.vms.delete(key);
      this.count("active", -1n);
    }
  }

  get rootCount(): number {
    return [...this.vms.values()].reduce((sum, vm) => sum + vm.rootCount, 0);
  }

  get grpcStreams(): number {
    return [...this.vms.values()].reduce((sum, vm) => sum + vm.grpcStreams, 0);
  }

  /** Root contexts that were asked to end and are not done yet. */
  get unfinishedRoots(): number {
    return [...this.vms.values()].reduce((sum, vm) => sum + vm.unfinishedRoots, 0);
  }

  /** Ends all VMs at once, without a word to them. */
  kill(): void {
    for (const vm of this.vms.values()) {
      vm.guest.stop();
      vm.kill();
    }
  }

  /** Ends all VMs, at the latest after `graceMs`: until then root contexts may finish what they have left. */
  async close(graceMs: number): Promise<void> {
    const deadline = Date.now() + graceMs;
    while (this.unfinishedRoots > 0 && Date.now() < deadline) await pause(GRACE_STEP_MS);
    for (const vm of this.vms.values()) vm.kill();
    this.count("active", BigInt(-this.vms.size));
    this.vms.clear();
  }

  private count(name: "active" | "created", change: bigint): void {
    const type = name === "active" ? "gauge" : "counter";
    const metric = this.services.stats.define(`wasm.envoy.wasm.runtime.v8.${name}`, type);
    if (metric.type !== "histogram") metric.value += change;
  }
}

/** Takes a running plugin that is the same as the one wanted out of `handles`. */
export function takeSame(handles: Set<PluginHandle>, wanted: Plugin): PluginHandle | undefined {
  for (const handle of handles) {
    if (handle.plugin.key !== wanted.key || handle.plugin.vmKey !== wanted.vmKey) continue;
    handles.delete(handle);
    return handle;
  }
  return undefined;
}
