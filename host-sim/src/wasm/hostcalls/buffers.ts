/** Buffers: bodies, messages and configurations. */
import { BufferType, Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

const lastType = BufferType.CallData;

export const bufferCalls: HostcallTable = {
  proxy_get_buffer_bytes: hostcall(
    "iiiii>i",
    (vm, type: number, start: number, length: number, pointerAt: number, sizeAt: number) => {
      if (type > lastType) return Status.BadArgument;
      const buffer = vm.context().getBuffer(type);
      if (buffer === null) return Status.NotFound;
      // More than there is may be asked for; nothing is allocated for nothing.
      const size = start > buffer.size ? 0 : Math.min(length, buffer.size - start);
      const fill = (target: Uint8Array): void => buffer.copyOut(start, size, target);
      return vm.handOverBy(size, fill, pointerAt, sizeAt) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_get_buffer_status: hostcall(
    "iii>i",
    (vm, type: number, sizeAt: number, flagsAt: number) => {
      if (type > lastType) return Status.BadArgument;
      const buffer = vm.context().getBuffer(type);
      if (buffer === null) return Status.NotFound;
      const written = vm.memory.writeU32(sizeAt, buffer.size) && vm.memory.writeU32(flagsAt, 0);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_set_buffer_bytes: hostcall(
    "iiiii>i",
    (vm, type: number, start: number, length: number, pointer: number, size: number) => {
      if (type > lastType) return Status.BadArgument;
      const buffer = vm.context().getBuffer(type);
      if (buffer === null) return Status.NotFound;
      const data = vm.memory.copy(pointer, size);
      if (data === null) return Status.InvalidMemoryAccess;
      return buffer.replace(start, length, data);
    },
  ),
};
