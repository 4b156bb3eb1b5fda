/** What does a hostcall see of the guest that made it? Memory to read and to write, and the context that is meant; it can't run it. */
import type { GuestMemory } from "./guest-memory.ts";
import type { HostContext, VmEmbedder } from "./host-context.ts";

export interface CallingGuest {
  readonly memory: GuestMemory;
  readonly embedder: Pick<VmEmbedder, "context" | "environment">;
  /** Hostcalls that are allowed right now; `null`: all. */
  readonly restriction: ReadonlySet<string> | null;
  /** Set by a local reply: whatever the callback returns, iteration stops. */
  stopIteration: boolean;
  /** The context that the guest chose to speak for; 0: the running one. */
  effectiveId: number;
  /** The context that a hostcall is about: the running one, or the one that the guest chose. */
  context(): HostContext;
  /** Memory inside the guest, which owns it from then on; 0 if the guest gives none. */
  allocate(size: number): number;
  /** Hands `bytes` over to the guest and tells where; nothing is allocated for no bytes. */
  handOver(bytes: Uint8Array, pointerAt: number, sizeAt: number): boolean;
  /** As `handOver`, for what is written in place. */
  handOverBy(
    size: number,
    fill: (target: Uint8Array) => void,
    pointerAt: number,
    sizeAt: number,
  ): boolean;
}
