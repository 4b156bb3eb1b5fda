/** Properties: what the host knows of the request, the connection, the plugin and itself. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const propertyCalls: HostcallTable = {
  proxy_get_property: hostcall(
    "iiii>i",
    (vm, path: number, pathSize: number, pointerAt: number, sizeAt: number) => {
      const text = vm.memory.latin1(path, pathSize);
      if (text === null) return Status.InvalidMemoryAccess;
      const value = vm.context().getProperty(text);
      if ("status" in value) return value.status;
      return vm.handOver(value.value, pointerAt, sizeAt) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_set_property: hostcall(
    "iiii>i",
    (vm, path: number, pathSize: number, value: number, valueSize: number) => {
      const text = vm.memory.latin1(path, pathSize);
      const bytes = vm.memory.copy(value, valueSize);
      if (text === null || bytes === null) return Status.InvalidMemoryAccess;
      return vm.context().setProperty(text, bytes);
    },
  ),
};
