/** Which hostcalls fail in a game? In most games none; in others a few, with any status, now and then or each time. */
import type { Choices } from "../choices.ts";

const MAY_FAIL = [
  ...["proxy_http_call", "proxy_grpc_stream", "proxy_grpc_send", "proxy_continue_stream"],
  ...[
    "proxy_send_local_response",
    "proxy_set_effective_context",
    "random_get",
    "proxy_get_property",
  ],
  ...[
    "pairs 0",
    "pairs 1",
    "pairs 2",
    "pairs 3",
    "pairs 6",
    "buffer 0",
    "buffer 1",
    "buffer 4",
    "buffer 5",
  ],
  ...[
    "change headers",
    "proxy_set_buffer_bytes",
    "proxy_register_shared_queue",
    "proxy_enqueue_shared_queue",
    "proxy_get_status",
    "proxy_get_shared_data",
    "proxy_set_shared_data",
    "proxy_grpc_call",
  ],
];
/** What a request's body is read and put back with: what goes wrong there goes wrong for the bytes of a client. */
const OF_BODIES = ["buffer 0", "proxy_set_buffer_bytes"];
const STATUSES = [10, 2, 1, 7, 4, 12, 3, 5, 6, 8, 9, 11];

export function faultsOf(choices: Choices): (hostcall: string) => number {
  if (!choices.oneIn(3)) return () => 0;
  const failing = new Map<string, { status: number; often: number }>();
  for (let left = 1 + choices.int(2); left > 0; left--) {
    const isOfBody = choices.oneIn(2);
    failing.set(choices.pick(isOfBody ? OF_BODIES : MAY_FAIL), {
      status: choices.pick(STATUSES),
      // What fails each time leaves nothing behind it to go wrong.
      often: choices.pick(isOfBody ? [2, 3, 6] : [1, 2, 5]),
    });
  }
  return (hostcall) => {
    const fault = failing.get(hostcall);
    return fault !== undefined && choices.oneIn(fault.often) ? fault.status : 0;
  };
}
