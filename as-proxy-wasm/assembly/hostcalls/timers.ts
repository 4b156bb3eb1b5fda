// How does a root context get its ticks? ABI section "Timers".
import { proxy_set_tick_period_milliseconds } from "../abi/imports";
import { seen } from "../abi/status";
import { Status } from "../abi/types";

/** `onTick` is called every `milliseconds` from now on; 0 stops it. Belongs to the root context that calls. */
export function setTickPeriodMilliseconds(milliseconds: u32): Status {
  return <Status>seen(proxy_set_tick_period_milliseconds(milliseconds));
}
