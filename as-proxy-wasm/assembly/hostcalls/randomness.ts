// Where do random bytes come from? ABI section "Randomness": the one WASI function that this SDK uses.
import { random_get } from "../abi/imports";
import { addressOf } from "../abi/memory";
import { seen } from "../abi/status";
import { Status } from "../abi/types";

/** Envoy gives no more in one call (proxy-wasm-cpp-host, limits.h). */
const MOST: i32 = 65536;

/** Fills `length` bytes from `offset` on with randomness. BadArgument if they do not lie in `buffer`. */
export function randomBytes(buffer: ArrayBuffer, offset: i32, length: i32): Status {
  const size = buffer.byteLength;
  if (offset < 0 || length < 0 || offset > size || length > size - offset || length > MOST) {
    return <Status>seen(Status.BadArgument);
  }
  const errno = random_get(addressOf(buffer) + offset, length);
  return <Status>seen(errno == 0 ? Status.Ok : Status.InternalFailure);
}
