// How does a module send a request of its own? ABI section "HTTP calls".
import { proxy_http_call } from "../abi/imports";
import { addressOf, sizeOf, RETURN_VALUE, expectResult } from "../abi/memory";
import { SerializedPairs } from "../abi/serialized-pairs";
import { idOrFailure, seen } from "../abi/status";
import { Status } from "../abi/types";
import { ByteWriter } from "../bytes/byte-writer";
import { encodeUtf8 } from "../bytes/utf8";

/**
 * Sends a request to a cluster. `headers` need `:method`, `:path` and `:authority`. The answer comes to `onHttpCallResponse`
 * of the root context, always; there 0 headers mean that the call failed.
 *
 * @returns the call's token, or a negative number: minus the `Status`. Then **no callback comes**. Envoy: BadArgument for a
 * cluster that it does not know, InternalFailure where no host can be reached.
 */
export function dispatchHttpCall(
  cluster: string,
  headers: SerializedPairs,
  body: ByteWriter | null,
  trailers: SerializedPairs | null,
  timeoutMs: u32,
): i64 {
  if (body !== null && body.failed) return idOrFailure(seen(Status.InternalFailure), 0);
  const clusterBytes = encodeUtf8(cluster);
  const headerBytes = headers.bytes();
  const trailerBytes = trailers !== null ? trailers.bytes() : null;
  expectResult();
  const status = proxy_http_call(
    addressOf(clusterBytes),
    sizeOf(clusterBytes),
    addressOf(headerBytes),
    sizeOf(headerBytes),
    body !== null ? body.dataStart : 0,
    body !== null ? <usize>body.length : 0,
    addressOf(trailerBytes),
    sizeOf(trailerBytes),
    timeoutMs,
    RETURN_VALUE,
  );
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}
