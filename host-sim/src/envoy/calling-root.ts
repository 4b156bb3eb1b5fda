/** What do HTTP and gRPC calls need of the root context that they belong to? */
import type { HostContext } from "../wasm/host-context.ts";
import type { Plugin } from "./plugin.ts";

export interface CallingRoot extends HostContext {
  readonly plugin: Plugin;
  /** What the guest reads as the status of the call that it is told of. */
  setStatus(code: number, message: string): void;
}
