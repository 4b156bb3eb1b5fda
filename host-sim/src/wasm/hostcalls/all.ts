/** Which hostcalls does `env` have? One table a section of the ABI. */
import { bufferCalls } from "./buffers.ts";
import { clockCalls } from "./clocks.ts";
import { configurationCalls } from "./configuration.ts";
import { contextCalls } from "./context-lifecycle.ts";
import { foreignFunctionCalls } from "./foreign-functions.ts";
import { grpcCalls } from "./grpc-calls.ts";
import { httpCallCalls } from "./http-calls.ts";
import { httpFieldCalls } from "./http-fields.ts";
import { httpStreamCalls } from "./http-streams.ts";
import { loggingCalls } from "./logging.ts";
import { metricCalls } from "./metrics.ts";
import { propertyCalls } from "./properties.ts";
import { sharedDataCalls } from "./shared-data.ts";
import { sharedQueueCalls } from "./shared-queues.ts";
import { streamOperationCalls } from "./stream-operations.ts";
import { timerCalls } from "./timers.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

export const envCalls: HostcallTable = {
  ...contextCalls,
  ...configurationCalls,
  ...loggingCalls,
  ...clockCalls,
  ...timerCalls,
  ...bufferCalls,
  ...httpFieldCalls,
  ...streamOperationCalls,
  ...httpStreamCalls,
  ...httpCallCalls,
  ...grpcCalls,
  ...sharedDataCalls,
  ...sharedQueueCalls,
  ...metricCalls,
  ...propertyCalls,
  ...foreignFunctionCalls,
  // Not of the ABI: Emscripten's runtime asks for them.
  emscripten_notify_memory_growth: hostcall("i>", () => {}),
  pthread_equal: hostcall("ii>i", (_vm, left: number, right: number) => (left === right ? 1 : 0)),
};

export const wasiModules: ReadonlySet<string> = new Set([
  "wasi_snapshot_preview1",
  "wasi_unstable",
]);
