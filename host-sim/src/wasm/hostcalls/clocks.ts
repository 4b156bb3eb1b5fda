/** Clocks: what time is it? */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const clockCalls: HostcallTable = {
  proxy_get_current_time_nanoseconds: hostcall("i>i", (vm, timeAt: number) =>
    vm.memory.writeU64(timeAt, vm.context().currentTimeNanoseconds())
      ? Status.Ok
      : Status.InvalidMemoryAccess,
  ),
};
