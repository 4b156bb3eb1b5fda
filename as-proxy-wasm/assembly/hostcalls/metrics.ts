// How are counters, gauges and histograms kept? ABI section "Metrics".
import {
  proxy_define_metric,
  proxy_get_metric,
  proxy_increment_metric,
  proxy_record_metric,
} from "../abi/imports";
import { addressOf, sizeOf, RETURN_VALUE, expectResult } from "../abi/memory";
import { idOrFailure, seen } from "../abi/status";
import { MetricType, Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

/** The metric's id, the same for the same name; or minus the `Status`. */
export function defineMetric(type: MetricType, name: string): i64 {
  const nameBytes = encodeUtf8(name);
  expectResult();
  const status = proxy_define_metric(type, addressOf(nameBytes), sizeOf(nameBytes), RETURN_VALUE);
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}

/** Changes a counter (up only) or a gauge. */
export function incrementMetric(metricId: u32, delta: i64): Status {
  return <Status>seen(proxy_increment_metric(metricId, delta));
}

/** Sets a gauge, or adds a value to a histogram. */
export function recordMetric(metricId: u32, value: u64): Status {
  return <Status>seen(proxy_record_metric(metricId, value));
}

/** Value of a counter or gauge; 0 on failure, with the reason in `lastStatus`. */
export function getMetric(metricId: u32): u64 {
  expectResult();
  const status = seen(proxy_get_metric(metricId, RETURN_VALUE));
  return status == Status.Ok ? load<u64>(RETURN_VALUE) : 0;
}
