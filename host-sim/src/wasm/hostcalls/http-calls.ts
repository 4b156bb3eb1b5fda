/** HTTP calls: requests that a filter makes. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";
import { decodePairs } from "../pairs.ts";

export const httpCallCalls: HostcallTable = {
  proxy_http_call: hostcall("iiiiiiiiii>i", (vm, ...args: number[]) => {
    const [cluster = 0, clusterSize = 0, headers = 0, headersSize = 0, body = 0] = args;
    const [bodySize = 0, trailers = 0, trailersSize = 0, timeoutMs = 0, tokenAt = 0] =
      args.slice(5);
    const { memory } = vm;
    const name = memory.latin1(cluster, clusterSize);
    const bodyBytes = memory.copy(body, bodySize);
    const headerPairs = memory.bytes(headers, headersSize);
    const trailerPairs = memory.bytes(trailers, trailersSize);
    if (name === null || bodyBytes === null || headerPairs === null || trailerPairs === null) {
      return Status.InvalidMemoryAccess;
    }
    // Before anything is sent: the token must have a place to go.
    if (!memory.writeU32(tokenAt, 0)) return Status.InvalidMemoryAccess;
    const token = vm.context().root.httpCall({
      cluster: name,
      headers: decodePairs(headerPairs),
      body: bodyBytes,
      trailers: decodePairs(trailerPairs),
      timeoutMs,
    });
    if ("status" in token) return token.status;
    memory.writeU32(tokenAt, token.value);
    return Status.Ok;
  }),
};
