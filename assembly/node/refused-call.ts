// What is to be said of a call that the host refuses at once?
import { decimalText, Status } from "as-proxy-wasm";
import { Outcome } from "./outcome";
import { Reply } from "./reply";

/** What becomes of a message for which there is no room. */
export const QUEUE_FULL = new Reply(Outcome.CallRefused, "the queue for it is full");

export function refusedCall(status: Status, cluster: string): Reply {
  const why =
    // Envoy says the first of a gRPC stream, the second of an HTTP call.
    status == Status.ParseFailure || status == Status.BadArgument
      ? " is unknown to the gateway"
      : " has no host, or too many calls are under way (status " + decimalText(status) + ")";
  const reply = new Reply(Outcome.CallRefused, 'cluster "' + cluster + '"' + why);
  reply.isUnseen = true;
  return reply;
}
