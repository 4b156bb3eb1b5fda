/** What may be used of host-sim in tests? This list, and nothing behind it. README.md has an example for each. */
export { createGateway, type Gateway, type OpenInit, type OpenStream } from "./create-gateway.ts";
export type { ClientStream } from "./client-stream.ts";
export type { FetchInit, GatewayResponse } from "./gateway-fetch.ts";
export type {
  Configuration,
  Delivery,
  GatewayOptions,
  PluginSetup,
  Upstream,
} from "./gateway-options.ts";
export type { ReceivedRequest } from "./upstream-record.ts";
export type { CallOutcome, RecordedCall } from "./envoy/call-journal.ts";
export { ManualClock, RealClock, type Clock } from "./envoy/clock.ts";
export type { ForeignFunction, ForeignResult } from "./envoy/foreign-functions.ts";
export { HeaderMap } from "./envoy/header-map.ts";
export type { Cluster, UpstreamCallbacks, UpstreamRequest } from "./envoy/http.ts";
export type {
  HedgePolicy,
  InternalRedirectPolicy,
  RetryPolicy,
  RoutePolicies,
} from "./envoy/router/route-policies.ts";
export type { LogLine } from "./envoy/log.ts";
export type { NodeInfo } from "./envoy/node-info.ts";
export type { LogLevel } from "./wasm/abi.ts";
export { errorCodes, SimulatorError, type ErrorCode } from "./wasm/errors.ts";
