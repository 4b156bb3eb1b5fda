// Which functions of as-proxy-wasm can tests call as they are? All that take and give numbers, texts and bytes.
export {
  addHeader,
  addHeaderBytes,
  appendToBuffer,
  bytesEqual,
  bytesToString,
  callForeignFunction,
  concatBytes,
  defineMetric,
  dequeueSharedQueue,
  done,
  enqueueSharedQueue,
  getBuffer,
  getBufferSize,
  getCurrentTimeNanoseconds,
  getEffectiveContext,
  getHeaderMapSize,
  getHeaderValue,
  getMetric,
  grpcCancel,
  grpcClose,
  incrementMetric,
  lastStatus,
  log,
  logBytes,
  logEnabled,
  prependToBuffer,
  randomBytes,
  recordMetric,
  registerSharedQueue,
  removeHeader,
  replaceHeader,
  replaceHeaderBytes,
  replaceInBuffer,
  resolveSharedQueue,
  setBuffer,
  setEffectiveContext,
  setSharedData,
  setTickPeriodMilliseconds,
  stringToBytes,
} from "as-proxy-wasm";
export {
  clusterName,
  createService,
  enableStopIteration,
  flex_abi_version_0_1_0,
  flex_on_policy_initialize,
  flexLog,
  getEnv,
  getPolicyConfiguration,
  serviceName,
} from "as-proxy-wasm/flex";
export { sha256 } from "as-proxy-wasm/assembly/flex/sha256";
export { encodeArguments } from "as-proxy-wasm/assembly/flex/arguments";
export { freePageBytes } from "as-proxy-wasm/assembly/abi/pages";
export * from "as-proxy-wasm/exports";
export * from "./bytes.as";
export * from "./calls.as";
export * from "./fields.as";
export * from "./filter.as";
export * from "./json-dump.as";
