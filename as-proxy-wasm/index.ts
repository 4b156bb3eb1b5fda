// What does as-proxy-wasm offer? This list is the public API; everything else is private.

// Filters
export { Context, RootContext, HttpContext } from "./assembly/context";
export { registerRootContext } from "./assembly/registry";
export {
  Status,
  LogLevel,
  BufferType,
  HeaderMapType,
  MetricType,
  StreamType,
  FilterHeadersStatus,
  FilterDataStatus,
  FilterTrailersStatus,
  GrpcStatus,
} from "./assembly/abi/types";
export { lastStatus } from "./assembly/abi/status";

// Bytes
export { ByteWriter } from "./assembly/bytes/byte-writer";
export { byteAt, u32BEAt, u64BEAt } from "./assembly/bytes/numbers";
export { utf8Length } from "./assembly/bytes/utf8";
export { HeldBytes } from "./assembly/bytes/held-bytes";
export { decimalText } from "./assembly/bytes/decimal";
export {
  StaticName,
  bytesEqual,
  bytesToString,
  concatBytes,
  hashBytes,
  stringToBytes,
} from "./assembly/bytes/text";

// Tables
export { Identified, IdTable } from "./assembly/id-table";

// Hostcalls
export { log, logBytes, logEnabled } from "./assembly/hostcalls/logging";
export { getCurrentTimeNanoseconds } from "./assembly/hostcalls/clocks";
export { setTickPeriodMilliseconds } from "./assembly/hostcalls/timers";
export { randomBytes } from "./assembly/hostcalls/randomness";
export { PropertyPath, getProperty, setProperty } from "./assembly/hostcalls/properties";
export {
  getBuffer,
  getBufferSize,
  setBuffer,
  appendToBuffer,
  prependToBuffer,
  replaceInBuffer,
} from "./assembly/hostcalls/buffers";
export { HeaderPairs } from "./assembly/abi/pairs";
export { SerializedPairs } from "./assembly/abi/serialized-pairs";
export {
  getHeaderPairs,
  setHeaderPairs,
  getHeaderMapSize,
  getHeaderValue,
  addHeader,
  addHeaderBytes,
  replaceHeader,
  replaceHeaderBytes,
  removeHeader,
} from "./assembly/hostcalls/http-fields";
export { dispatchHttpCall } from "./assembly/hostcalls/http-calls";
export {
  GrpcCallStatus,
  grpcCall,
  grpcStream,
  grpcStreamTo,
  grpcSend,
  grpcCancel,
  grpcClose,
  getGrpcStatus,
} from "./assembly/hostcalls/grpc-calls";
export { SharedData, getSharedData, setSharedData } from "./assembly/hostcalls/shared-data";
export {
  registerSharedQueue,
  resolveSharedQueue,
  enqueueSharedQueue,
  dequeueSharedQueue,
} from "./assembly/hostcalls/shared-queues";
export {
  defineMetric,
  incrementMetric,
  recordMetric,
  getMetric,
} from "./assembly/hostcalls/metrics";
export { callForeignFunction } from "./assembly/hostcalls/foreign-functions";
export {
  setEffectiveContext,
  getEffectiveContext,
  done,
} from "./assembly/hostcalls/context-lifecycle";
