/** Attributes of the upstream: `upstream`. */
import type { StreamInfo } from "../stream-info.ts";
import { int, text, wrapper, type Value } from "./value.ts";
import { portOf } from "./connection.ts";

export function upstreamValue(info: StreamInfo): Value {
  const address = info.upstreamAddress;
  return wrapper({
    address: () => (address === undefined ? undefined : text(address)),
    port: () => (address === undefined ? undefined : portOf(address)),
    transport_failure_reason: () => (info.attempts > 0n ? text(info.upstreamFailure) : undefined),
    num_endpoints: () => (info.endpoints === undefined ? undefined : int(info.endpoints)),
    request_attempt_count: () => int(info.attempts),
  });
}
