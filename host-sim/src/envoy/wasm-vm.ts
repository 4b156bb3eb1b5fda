/**
 * What lives in one VM? Its root contexts (one a plugin), its stream contexts, and what waits until a call into the guest
 * has returned (cpp-host: WasmBase).
 */
import { GuestVm } from "../wasm/guest-vm.ts";
import type { HostContext } from "../wasm/host-context.ts";
import type { ContextHost } from "./context-host.ts";
import type { Plugin } from "./plugin.ts";
import { RootContext } from "./root-context.ts";
import type { Services } from "./services.ts";
import { VmMetrics } from "./stats.ts";
import { VmContext } from "./vm-context.ts";

export class WasmVm implements ContextHost {
  readonly guest: GuestVm;
  readonly services: Services;
  readonly vmId: string;
  readonly vmConfig: Uint8Array;
  readonly metrics: VmMetrics;
  readonly contexts = new Map<number, HostContext>();
  /** Root contexts that said that they are not done yet. */
  private readonly pendingDone = new Map<number, RootContext>();
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
      onCrash: (error) => services.onCrash(error),
      stackExhausted: () => services.stack.exhausted,
      environment: plugin.environment,
    });
    this.guest.start();
  }

  get failed(): boolean {
    return this.guest.failed;
  }

  register(context: HostContext): number {
    const id = this.nextContextId++;
    this.contexts.set(id, context);
    return id;
  }

  /** A new root context: created, VM started, configured. `null`: the guest refused. */
  startRoot(plugin: Plugin): { root: RootContext; refusedBy: "vm-start" | "configure" | null } {
    const root = new RootContext(this, plugin);
    if (!root.start() || this.failed) return { root, refusedBy: "vm-start" };
    if (!root.configure() || this.failed) return { root, refusedBy: "configure" };
    return { root, refusedBy: null };
  }

  callback<T>(run: () => T): T {
    try {
      return run();
    } finally {
      this.guest.stopIteration = false;
      this.runAfterCall();
    }
  }

  addAfterCall(action: () => void, stackBytes = 0): void {
    this.afterCall.push(() => this.services.stack.run(stackBytes, action));
  }

  whenIdle(action: () => void): void {
    if (this.guest.current === null) action();
    else this.addAfterCall(() => this.whenIdle(action));
  }

  private runAfterCall(): void {
    // Envoy goes on within; here those further out do, whose stack may be smaller.
    if (this.services.stack.exhausted) return;
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

  /** The plugin is no longer used: its root context may finish its work first. */
  shutDown(root: RootContext): void {
    if (root.onDone()) this.deleteRoot(root);
    else this.pendingDone.set(root.id, root);
  }

  rootIsDone(id: number): boolean {
    const root = this.pendingDone.get(id);
    if (root === undefined) return false;
    this.pendingDone.delete(id);
    this.addAfterCall(() => this.deleteRoot(root));
    return true;
  }

  private deleteRoot(root: RootContext): void {
    root.onDelete();
    this.forget(root);
  }

  /** Ends a root context without asking it. */
  forget(root: RootContext): void {
    root.end();
    this.contexts.delete(root.id);
  }

  /** No more callbacks: the process ends. */
  kill(): void {
    for (const root of this.roots) this.forget(root);
    this.contexts.clear();
  }

  private get roots(): RootContext[] {
    return [...this.contexts.values()].filter((each) => each instanceof RootContext);
  }

  get rootCount(): number {
    return this.roots.length;
  }

  get grpcStreams(): number {
    return this.roots.reduce((sum, root) => sum + root.grpcStreams, 0);
  }

  get unfinishedRoots(): number {
    return this.pendingDone.size;
  }
}
