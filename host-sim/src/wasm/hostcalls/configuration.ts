/** Configuration, as ABI 0.1.0 asks for it; later versions read it as a buffer. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const configurationCalls: HostcallTable = {
  proxy_get_configuration: hostcall(
    "ii>i",
    (vm, pointerAt: number, sizeAt: number) =>
      vm.handOver(vm.context().configuration(), pointerAt, sizeAt)
        ? Status.Ok
        : Status.InvalidMemoryAccess,
    ["0.1.0"],
  ),
};
