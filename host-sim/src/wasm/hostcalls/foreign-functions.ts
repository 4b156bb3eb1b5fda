/** Foreign functions: what a host has beyond the ABI, by name. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const foreignFunctionCalls: HostcallTable = {
  proxy_call_foreign_function: hostcall("iiiiii>i", (vm, ...args: number[]) => {
    const [name = 0, nameSize = 0, argument = 0, argumentSize = 0, pointerAt = 0, sizeAt = 0] =
      args;
    const { memory } = vm;
    const text = memory.latin1(name, nameSize);
    const bytes = memory.copy(argument, argumentSize);
    if (text === null || bytes === null) return Status.InvalidMemoryAccess;
    const called = vm.context().callForeignFunction(text, bytes);
    if (called === null) return Status.NotFound;
    const { status, result } = called;
    // A null pointer means that the guest does not want to know; so Envoy has it.
    const size = result?.length ?? 0;
    const pointer = pointerAt !== 0 && size > 0 ? vm.allocate(size) : 0;
    if (pointer !== 0 && result !== null) memory.write(pointer, result);
    if (pointerAt !== 0 && !memory.writeU32(pointerAt, pointer)) return Status.InvalidMemoryAccess;
    if (sizeAt !== 0 && !memory.writeU32(sizeAt, size)) return Status.InvalidMemoryAccess;
    return status;
  }),
};
