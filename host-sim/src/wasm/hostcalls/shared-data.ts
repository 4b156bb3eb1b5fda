/** Shared key-value store: data that all VMs of one vm_id see. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const sharedDataCalls: HostcallTable = {
  proxy_get_shared_data: hostcall(
    "iiiii>i",
    (vm, key: number, keySize: number, pointerAt: number, sizeAt: number, casAt: number) => {
      const name = vm.memory.latin1(key, keySize);
      if (name === null) return Status.InvalidMemoryAccess;
      const found = vm.context().getSharedData(name);
      if ("status" in found) return found.status;
      const written =
        vm.handOver(found.value.data, pointerAt, sizeAt) &&
        vm.memory.writeU32(casAt, found.value.cas);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_set_shared_data: hostcall(
    "iiiii>i",
    (vm, key: number, keySize: number, value: number, valueSize: number, cas: number) => {
      const name = vm.memory.latin1(key, keySize);
      const data = vm.memory.copy(value, valueSize);
      if (name === null || data === null) return Status.InvalidMemoryAccess;
      return vm.context().setSharedData(name, data, cas);
    },
  ),
};
