// What do all VMs of one vm_id know together? ABI section "Shared Key-Value Store".
import { proxy_get_shared_data, proxy_set_shared_data } from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  RETURN_VALUE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { seen } from "../abi/status";
import { Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

/** A shared value and its compare-and-swap number. */
@final
export class SharedData {
  constructor(
    readonly value: ArrayBuffer,
    readonly cas: u32,
  ) {}
}

/** Null if nobody has set this key. */
export function getSharedData(key: string): SharedData | null {
  const keyBytes = encodeUtf8(key);
  expectResult();
  const value = takeResult(
    proxy_get_shared_data(
      addressOf(keyBytes),
      sizeOf(keyBytes),
      RETURN_DATA,
      RETURN_SIZE,
      RETURN_VALUE,
    ),
  );
  return value === null ? null : new SharedData(value, load<u32>(RETURN_VALUE));
}

/**
 * Sets a value. With a `cas` other than 0, only if nobody has set it since that number was read: CasMismatch otherwise.
 * Envoy does not look at `cas` for a key that is not there yet.
 */
export function setSharedData(key: string, value: ArrayBuffer, cas: u32 = 0): Status {
  const keyBytes = encodeUtf8(key);
  return <Status>(
    seen(
      proxy_set_shared_data(
        addressOf(keyBytes),
        sizeOf(keyBytes),
        addressOf(value),
        sizeOf(value),
        cas,
      ),
    )
  );
}
