/** HTTP streams: an answer that the filter makes itself. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";
import { decodePairs } from "../pairs.ts";

export const httpStreamCalls: HostcallTable = {
  proxy_send_local_response: hostcall("iiiiiiii>i", (vm, ...args: number[]) => {
    const [code = 0, details = 0, detailsSize = 0, body = 0, bodySize = 0] = args;
    const [headers = 0, headersSize = 0, grpcStatus = 0] = args.slice(5);
    const detailsText = vm.memory.latin1(details, detailsSize);
    const bodyBytes = vm.memory.copy(body, bodySize);
    const pairs = vm.memory.bytes(headers, headersSize);
    if (detailsText === null || bodyBytes === null || pairs === null) {
      return Status.InvalidMemoryAccess;
    }
    vm.context().sendLocalResponse(code, detailsText, bodyBytes, decodePairs(pairs), grpcStatus);
    vm.stopIteration = true;
    return Status.Ok;
  }),
};
