/** Common stream operations: go on, close, and why did the last call fail? */
import { Status, StreamType } from "../abi.ts";
import { latin1ToBytes } from "../byte-string.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

const later = ["0.2.0", "0.2.1"] as const;
const early = ["0.1.0"] as const;

export const streamOperationCalls: HostcallTable = {
  proxy_continue_stream: hostcall(
    "i>i",
    (vm, type: number) =>
      type > StreamType.Upstream ? Status.BadArgument : vm.context().continueStream(type),
    later,
  ),

  proxy_close_stream: hostcall(
    "i>i",
    (vm, type: number) =>
      type > StreamType.Upstream ? Status.BadArgument : vm.context().closeStream(type),
    later,
  ),

  proxy_continue_request: hostcall(
    ">i",
    (vm) => vm.context().continueStream(StreamType.HttpRequest),
    early,
  ),

  proxy_continue_response: hostcall(
    ">i",
    (vm) => vm.context().continueStream(StreamType.HttpResponse),
    early,
  ),

  proxy_clear_route_cache: hostcall(">i", (vm) => vm.context().clearRouteCache(), early),

  proxy_get_status: hostcall(
    "iii>i",
    (vm, codeAt: number, messageAt: number, messageSizeAt: number) => {
      const { code, message } = vm.context().root.status();
      const written =
        vm.memory.writeU32(codeAt, code) &&
        vm.handOver(latin1ToBytes(message), messageAt, messageSizeAt);
      return written ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),
};
