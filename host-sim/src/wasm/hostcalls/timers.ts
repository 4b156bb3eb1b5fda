/** Timers: how often does the root context tick? */
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const timerCalls: HostcallTable = {
  proxy_set_tick_period_milliseconds: hostcall("i>i", (vm, period: number) =>
    vm.context().root.setTickPeriod(period),
  ),
};
