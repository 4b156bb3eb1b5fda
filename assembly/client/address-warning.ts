// Does the gateway know the addresses of its connections? One that takes them from X-Forwarded-For itself shows the policy
// nothing else, so that what stands in for a client's address may be the client's own word. The operator is to know.
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { Telemetry } from "../telemetry";

@final
export class AddressWarning {
  private isGiven: bool = false;

  /** Warns, once, of a head whose address the gateway has taken from a header. */
  note(telemetry: Telemetry, id: RequestId, head: RequestHead): void {
    if (this.isGiven || !head.isAddressForwarded) return;
    this.isGiven = true;
    telemetry.warn(
      id,
      "the gateway gives an address of X-Forwarded-For as that of the connection: set use_remote_address",
    );
  }
}
