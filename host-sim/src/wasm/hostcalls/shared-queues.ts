/** Shared queues: messages from one VM to another. */
import { Status } from "../abi.ts";
import type { CallingGuest } from "../calling-guest.ts";
import type { Result } from "../host-context.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

function writeToken(vm: CallingGuest, token: Result<number>, tokenAt: number): Status {
  if ("status" in token) return token.status;
  return vm.memory.writeU32(tokenAt, token.value) ? Status.Ok : Status.InvalidMemoryAccess;
}

export const sharedQueueCalls: HostcallTable = {
  proxy_register_shared_queue: hostcall(
    "iii>i",
    (vm, name: number, nameSize: number, tokenAt: number) => {
      const text = vm.memory.latin1(name, nameSize);
      if (text === null) return Status.InvalidMemoryAccess;
      return writeToken(vm, vm.context().registerSharedQueue(text), tokenAt);
    },
  ),

  proxy_resolve_shared_queue: hostcall(
    "iiiii>i",
    (vm, vmId: number, vmIdSize: number, name: number, nameSize: number, tokenAt: number) => {
      const vmIdText = vm.memory.latin1(vmId, vmIdSize);
      const text = vm.memory.latin1(name, nameSize);
      if (vmIdText === null || text === null) return Status.InvalidMemoryAccess;
      return writeToken(vm, vm.context().resolveSharedQueue(vmIdText, text), tokenAt);
    },
  ),

  proxy_dequeue_shared_queue: hostcall(
    "iii>i",
    (vm, token: number, pointerAt: number, sizeAt: number) => {
      const data = vm.context().dequeueSharedQueue(token);
      if ("status" in data) return data.status;
      return vm.handOver(data.value, pointerAt, sizeAt) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_enqueue_shared_queue: hostcall(
    "iii>i",
    (vm, token: number, pointer: number, size: number) => {
      const data = vm.memory.copy(pointer, size);
      if (data === null) return Status.InvalidMemoryAccess;
      return vm.context().enqueueSharedQueue(token, data);
    },
  ),
};
