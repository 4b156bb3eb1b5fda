// On which context do hostcalls act? ABI section "Context lifecycle".
//
// The host acts on the context that it called back, unless another one is made effective. The dispatcher tells here whom
// the host called; whoever changes the effective context for a moment restores the one that was effective before.
import { proxy_done, proxy_set_effective_context } from "../abi/imports";
import { collectIfDue } from "../abi/quiet-collection";
import { seen } from "../abi/status";
import { Status } from "../abi/types";

let effective: u32 = 0;

/** For the dispatcher: a callback on `contextId` begins. Gives what `endCallback` needs: callbacks may be nested. */
export function beginCallback(contextId: u32): u32 {
  const outer = effective;
  effective = contextId;
  return outer;
}

export function endCallback(outer: u32): void {
  effective = outer;
  if (outer == 0) collectIfDue();
}

/** The context that hostcalls act on now. */
export function getEffectiveContext(): u32 {
  return effective;
}

/** From now to the end of this callback hostcalls act on `contextId`. BadArgument: there is no such context (any more). */
export function setEffectiveContext(contextId: u32): Status {
  if (contextId == effective) return <Status>seen(Status.Ok);
  const status = seen(proxy_set_effective_context(contextId));
  if (status == Status.Ok) effective = contextId;
  return <Status>status;
}

/** Goes back to `contextId` and keeps `lastStatus` as it was. */
export function restoreEffectiveContext(contextId: u32, status: Status): Status {
  if (contextId != effective && proxy_set_effective_context(contextId) == Status.Ok) {
    effective = contextId;
  }
  return <Status>seen(status);
}

/** Ends the wait that `onDone` returning false began. NotFound: this context was not being waited for. */
export function done(): Status {
  return <Status>seen(proxy_done());
}
