/** HTTP fields: headers and trailers, and the metadata of gRPC. */
import { MapType, Status } from "../abi.ts";
import { latin1ToBytes } from "../byte-string.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";
import type { CallingGuest } from "../calling-guest.ts";
import { decodePairs, pairsSize, writePairs } from "../pairs.ts";

const lastType = MapType.HttpCallResponseTrailers;

type Change = (type: number, name: string, value: string) => Status;

function change(vm: CallingGuest, args: readonly number[], apply: Change): Status {
  const [type = 0, namePointer = 0, nameSize = 0, valuePointer = 0, valueSize = 0] = args;
  if (type > lastType) return Status.BadArgument;
  const name = vm.memory.latin1(namePointer, nameSize);
  const value = vm.memory.latin1(valuePointer, valueSize);
  if (name === null || value === null) return Status.InvalidMemoryAccess;
  return apply(type, name, value);
}

export const httpFieldCalls: HostcallTable = {
  proxy_get_header_map_size: hostcall("ii>i", (vm, type: number, sizeAt: number) => {
    if (type > lastType) return Status.BadArgument;
    const size = vm.context().getHeaderMapSize(type);
    if ("status" in size) return size.status;
    return vm.memory.writeU32(sizeAt, size.value) ? Status.Ok : Status.InvalidMemoryAccess;
  }),

  proxy_get_header_map_pairs: hostcall(
    "iii>i",
    (vm, type: number, pointerAt: number, sizeAt: number) => {
      if (type > lastType) return Status.BadArgument;
      const pairs = vm.context().getHeaderMapPairs(type);
      const size = pairs.length === 0 ? 0 : pairsSize(pairs);
      const fill = (target: Uint8Array): void => writePairs(pairs, target);
      return vm.handOverBy(size, fill, pointerAt, sizeAt) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_set_header_map_pairs: hostcall(
    "iii>i",
    (vm, type: number, pointer: number, size: number) => {
      if (type > lastType) return Status.BadArgument;
      const bytes = vm.memory.bytes(pointer, size);
      if (bytes === null) return Status.InvalidMemoryAccess;
      return vm.context().setHeaderMapPairs(type, decodePairs(bytes));
    },
  ),

  proxy_get_header_map_value: hostcall(
    "iiiii>i",
    (vm, type: number, name: number, nameSize: number, pointerAt: number, sizeAt: number) => {
      if (type > lastType) return Status.BadArgument;
      const key = vm.memory.latin1(name, nameSize);
      if (key === null) return Status.InvalidMemoryAccess;
      const value = vm.context().getHeaderMapValue(type, key);
      if ("status" in value) return value.status;
      const handedOver = vm.handOver(latin1ToBytes(value.value), pointerAt, sizeAt);
      return handedOver ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_add_header_map_value: hostcall("iiiii>i", (vm, ...args: number[]) => {
    const context = vm.context();
    return change(vm, args, (type, name, value) => context.addHeaderMapValue(type, name, value));
  }),

  proxy_replace_header_map_value: hostcall("iiiii>i", (vm, ...args: number[]) => {
    const context = vm.context();
    return change(vm, args, (type, name, value) =>
      context.replaceHeaderMapValue(type, name, value),
    );
  }),

  proxy_remove_header_map_value: hostcall("iii>i", (vm, ...args: number[]) => {
    const context = vm.context();
    return change(vm, args, (type, name) => context.removeHeaderMapValue(type, name));
  }),
};
