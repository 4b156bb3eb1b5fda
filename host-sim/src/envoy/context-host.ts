/** What does a context need of the VM that it lives in? */
import type { GuestVm } from "../wasm/guest-vm.ts";
import type { HostContext } from "../wasm/host-context.ts";
import type { Services } from "./services.ts";
import type { VmMetrics } from "./stats.ts";

export interface ContextHost {
  readonly guest: GuestVm;
  readonly services: Services;
  readonly vmId: string;
  readonly vmConfig: Uint8Array;
  readonly metrics: VmMetrics;
  /** Those that are alive, by id. */
  readonly contexts: Map<number, HostContext>;
  readonly failed: boolean;
  /** Gives an id. */
  register(context: HostContext): number;
  /** Runs a call into the guest, and afterwards what hostcalls of it put off. */
  callback<T>(run: () => T): T;
  /** `stackBytes`: what of the thread's stack it takes while it runs. */
  addAfterCall(action: () => void, stackBytes?: number): void;
  /** Never into a guest that is running: then as soon as it has returned. */
  whenIdle(action: () => void): void;
  nextHttpCallId(): number;
  nextGrpcCallId(): number;
  nextGrpcStreamId(): number;
  /** `proxy_done` of the root context with this id; false if nobody waits for it. */
  rootIsDone(id: number): boolean;
}
