/** Metrics: counters, gauges and histograms of a filter. */
import { Status } from "../abi.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const metricCalls: HostcallTable = {
  proxy_define_metric: hostcall(
    "iiii>i",
    (vm, type: number, name: number, nameSize: number, idAt: number) => {
      const text = vm.memory.latin1(name, nameSize);
      if (text === null) return Status.InvalidMemoryAccess;
      const id = vm.context().defineMetric(type, text);
      if ("status" in id) return id.status;
      return vm.memory.writeU32(idAt, id.value) ? Status.Ok : Status.InvalidMemoryAccess;
    },
  ),

  proxy_increment_metric: hostcall("iI>i", (vm, id: number, offset: bigint) =>
    vm.context().incrementMetric(id, offset),
  ),

  proxy_record_metric: hostcall("iI>i", (vm, id: number, value: bigint) =>
    vm.context().recordMetric(id, BigInt.asUintN(64, value)),
  ),

  proxy_get_metric: hostcall("ii>i", (vm, id: number, valueAt: number) => {
    const value = vm.context().getMetric(id);
    if ("status" in value) return value.status;
    return vm.memory.writeU64(valueAt, value.value) ? Status.Ok : Status.InvalidMemoryAccess;
  }),
};
