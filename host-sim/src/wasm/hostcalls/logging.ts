/** Logging: what a filter tells the operator. */
import { logLevels, Status } from "../abi.ts";
import { bytesToUtf8 } from "../byte-string.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const loggingCalls: HostcallTable = {
  proxy_log: hostcall("iii>i", (vm, level: number, pointer: number, size: number) => {
    if (level >= logLevels.length) return Status.BadArgument;
    const message = vm.memory.bytes(pointer, size);
    if (message === null) return Status.InvalidMemoryAccess;
    return vm.context().log(level, bytesToUtf8(message));
  }),

  proxy_get_log_level: hostcall(
    "i>i",
    (vm, levelAt: number) =>
      vm.memory.writeU32(levelAt, vm.context().logLevel()) ? Status.Ok : Status.InvalidMemoryAccess,
    ["0.2.1"],
  ),
};
