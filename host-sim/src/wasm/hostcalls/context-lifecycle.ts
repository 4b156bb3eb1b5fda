/** Context lifecycle: which context is meant, and is it done? */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const contextCalls: HostcallTable = {
  proxy_set_effective_context: hostcall("i>i", (vm, id: number) => {
    const known = id === 0 || vm.embedder.context(id) !== undefined;
    if (!known) return Status.BadArgument;
    vm.effectiveId = id;
    return Status.Ok;
  }),

  proxy_done: hostcall(">i", (vm) => vm.context().done()),
};
