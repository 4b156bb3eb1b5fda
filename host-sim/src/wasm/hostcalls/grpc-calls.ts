/** gRPC calls: one message there and one back, or streams of them. */
import { Status } from "../abi.ts";
import type { CallingGuest } from "../calling-guest.ts";
import type { GrpcRequest, Result } from "../host-context.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";
import { decodePairs } from "../pairs.ts";

/** Service, service's name, method's name and initial metadata: eight numbers. */
function readRequest({ memory }: CallingGuest, args: readonly number[]): GrpcRequest | null {
  const [service = 0, serviceSize = 0, name = 0, nameSize = 0] = args;
  const [method = 0, methodSize = 0, metadata = 0, metadataSize = 0] = args.slice(4);
  const serviceBytes = memory.copy(service, serviceSize);
  const serviceName = memory.latin1(name, nameSize);
  const methodName = memory.latin1(method, methodSize);
  const pairs = memory.bytes(metadata, metadataSize);
  if (serviceBytes === null || serviceName === null || methodName === null || pairs === null) {
    return null;
  }
  return { service: serviceBytes, serviceName, methodName, initialMetadata: decodePairs(pairs) };
}

function writeToken(vm: CallingGuest, token: Result<number>, tokenAt: number): Status {
  if ("status" in token) return token.status;
  return vm.memory.writeU32(tokenAt, token.value) ? Status.Ok : Status.InvalidMemoryAccess;
}

export const grpcCalls: HostcallTable = {
  proxy_grpc_call: hostcall("iiiiiiiiiiii>i", (vm, ...args: number[]) => {
    const [message = 0, messageSize = 0, timeoutMs = 0, tokenAt = 0] = args.slice(8);
    const request = readRequest(vm, args);
    const bytes = vm.memory.copy(message, messageSize);
    if (request === null || bytes === null) return Status.InvalidMemoryAccess;
    return writeToken(vm, vm.context().root.grpcCall(request, bytes, timeoutMs), tokenAt);
  }),

  proxy_grpc_stream: hostcall("iiiiiiiii>i", (vm, ...args: number[]) => {
    const request = readRequest(vm, args);
    if (request === null) return Status.InvalidMemoryAccess;
    return writeToken(vm, vm.context().root.grpcStream(request), args[8] ?? 0);
  }),

  proxy_grpc_send: hostcall(
    "iiii>i",
    (vm, token: number, message: number, messageSize: number, endStream: number) => {
      const bytes = vm.memory.copy(message, messageSize);
      if (bytes === null) return Status.InvalidMemoryAccess;
      return vm.context().root.grpcSend(token, bytes, endStream !== 0);
    },
  ),

  proxy_grpc_cancel: hostcall("i>i", (vm, token: number) => vm.context().root.grpcCancel(token)),
  proxy_grpc_close: hostcall("i>i", (vm, token: number) => vm.context().root.grpcClose(token)),
};
