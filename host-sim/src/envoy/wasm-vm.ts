/**
 * What lives in one VM? Its root contexts (one a plugin), its stream contexts, timers, and what waits until a call into
 * the guest has returned (cpp-host: WasmBase).
 */
import { GuestVm } from "../wasm/guest-vm.ts";
import type { BaseContext } from "./base-context.ts";
import type { TimerHandle } from "./clock.ts";
import type { Plugin } from "./plugin.ts";
import { RootContext } from "./root-context.ts";
import type { Services } from "./services.ts";
import { VmMetrics } from "./stats.ts";
import { VmContext } from "./vm-context.ts";

export class WasmVm {
  readonly guest: GuestVm;
  readonly services: Services;
  readonly vmId: string;
  readonly vmConfig: Uint8Array;
  readonly metrics: VmMetrics;
  readonly contexts = new Map<number, BaseContext>();
  private readonly roots = new Map<string, RootContext>();
  /** Root contexts that said that they are not done yet. */
  private readonly pendingDone = new Set<RootContext>();
  private readonly ticks = new Map<RootContext, TimerHandle>();
  private afterCall: (() => void)[] = [];
  private nextContextId = 1;
  private lastHttpCallId = 0;
  private lastGrpcCallId = 1;
  private lastGrpcStreamId = 2;

  constructor(plugin: Plugin, services: Services) {
    this.services = services;
    this.vmId = plugin.vmId;
    this.vmConfig = plugin.vmConfig;
    this.metrics = new VmMetrics(services.stats);
    this.guest = new GuestVm(plugin.module, plugin.wasmName, {
      vmContext: new VmContext(this, plugin),
      context: (id) => this.contexts.get(id),
      onFailure: (message) => services.log.fromGateway("error", message),
      environment: plugin.environment,
    });
    this.guest.start();
  }

  get failed(): boolean {
    return this.guest.failed;
  }

  register(context: BaseContext): number {
    const id = this.nextContextId++;
    this.contexts.set(id, context);
    return id;
  }

  /** A new root context: created, VM started, configured. `null`: the guest refused. */
  startRoot(plugin: Plugin): { root: RootContext; refusedBy: "vm-start" | "configure" | null } {
    const root = new RootContext(this, plugin);
    this.roots.set(plugin.key, root);
    if (!root.start() || this.failed) return { root, refusedBy: "vm-start" };
    if (!root.configure() || this.failed) return { root, refusedBy: "configure" };
    return { root, refusedBy: null };
  }

  /** Runs a call into the guest, and afterwards what hostcalls of it put off. */
  callback<T>(run: () => T): T {
    try {
      return run();
    } finally {
      this.guest.stopIteration = false;
      this.runAfterCall();
    }
  }

  addAfterCall(action: () => void): void {
    this.afterCall.push(action);
  }

  private runAfterCall(): void {
    for (let next = this.afterCall.shift(); next !== undefined; next = this.afterCall.shift()) {
      next();
    }
  }

  nextHttpCallId(): number {
    return (this.lastHttpCallId += 4);
  }

  nextGrpcCallId(): number {
    return (this.lastGrpcCallId += 4);
  }

  nextGrpcStreamId(): number {
    return (this.lastGrpcStreamId += 4);
  }

  setTickPeriod(root: RootContext, period: number): void {
    this.ticks.get(root)?.cancel();
    this.ticks.delete(root);
    if (period > 0) this.armTick(root, period);
  }

  private armTick(root: RootContext, period: number): void {
    const timer = this.services.clock.setTimeout(() => {
      this.ticks.delete(root);
      root.onTick();
      // The tick itself may have changed the period, or ended the context.
      if (!this.ticks.has(root) && root.tickPeriod > 0 && this.contexts.has(root.id)) {
        this.armTick(root, root.tickPeriod);
      }
    }, period);
    this.ticks.set(root, timer);
  }

  /** The plugin is no longer used: its root context may finish its work first. */
  shutDown(root: RootContext): void {
    if (this.roots.get(root.plugin.key) === root) this.roots.delete(root.plugin.key);
    if (root.onDone()) this.deleteRoot(root);
    else this.pendingDone.add(root);
  }

  /** `proxy_done`: the context that was asked for has finished. */
  rootIsDone(root: RootContext): boolean {
    if (!this.pendingDone.delete(root)) return false;
    this.addAfterCall(() => this.deleteRoot(root));
    return true;
  }

  private deleteRoot(root: RootContext): void {
    root.onDelete();
    this.forget(root);
  }

  /** Ends a root context without asking it. */
  forget(root: RootContext): void {
    this.ticks.get(root)?.cancel();
    this.ticks.delete(root);
    root.cancelCalls();
    this.contexts.delete(root.id);
  }

  /** No more callbacks: the process ends. */
  kill(): void {
    for (const context of this.contexts.values()) {
      if (context instanceof RootContext) this.forget(context);
    }
    this.contexts.clear();
  }

  get rootCount(): number {
    return [...this.contexts.values()].filter((each) => each instanceof RootContext).length;
  }

  get grpcStreams(): number {
    const roots = [...this.contexts.values()].filter((each) => each instanceof RootContext);
    return roots.reduce((sum, root) => sum + root.grpcStreams, 0);
  }

  get unfinishedRoots(): number {
    return this.pendingDone.size;
  }
}
