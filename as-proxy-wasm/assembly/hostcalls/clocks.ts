// What time is it? ABI section "Clocks".
import { proxy_get_current_time_nanoseconds } from "../abi/imports";
import { RETURN_VALUE, expectResult } from "../abi/memory";
import { seen } from "../abi/status";
import { Status } from "../abi/types";

/** Nanoseconds since the epoch; 0 on failure. A host may freeze the time during a callback. */
export function getCurrentTimeNanoseconds(): u64 {
  expectResult();
  const status = seen(proxy_get_current_time_nanoseconds(RETURN_VALUE));
  return status == Status.Ok ? load<u64>(RETURN_VALUE) : 0;
}
