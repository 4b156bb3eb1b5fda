// Which numbers does the ABI use for its statuses, levels, buffers, maps and actions? Values: proxy-wasm ABI v0.2.1,
// "Types"; the filter statuses beyond Continue and Pause are Envoy's (proxy-wasm-cpp-host, context_interface.h).

/** What a hostcall answered. 5, 9 and 11 are not in the spec; Envoy's host library has them. */
export enum Status {
  Ok = 0,
  NotFound = 1,
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  BadExpression = 5,
  InvalidMemoryAccess = 6,
  Empty = 7,
  CasMismatch = 8,
  ResultMismatch = 9,
  InternalFailure = 10,
  BrokenConnection = 11,
  Unimplemented = 12,
}

export enum LogLevel {
  Trace = 0,
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
  Critical = 5,
}

export enum BufferType {
  HttpRequestBody = 0,
  HttpResponseBody = 1,
  DownstreamData = 2,
  UpstreamData = 3,
  HttpCallResponseBody = 4,
  GrpcCallMessage = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  ForeignFunctionArguments = 8,
}

export enum HeaderMapType {
  HttpRequestHeaders = 0,
  HttpRequestTrailers = 1,
  HttpResponseHeaders = 2,
  HttpResponseTrailers = 3,
  GrpcCallInitialMetadata = 4,
  GrpcCallTrailingMetadata = 5,
  HttpCallResponseHeaders = 6,
  HttpCallResponseTrailers = 7,
}

export enum MetricType {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}

export enum StreamType {
  HttpRequest = 0,
  HttpResponse = 1,
  Downstream = 2,
  Upstream = 3,
}

/** What becomes of a stream after its headers were seen. 2 exists in Envoy, but no filter may return it. */
export enum FilterHeadersStatus {
  Continue = 0,
  /** Holds the headers. In Envoy body callbacks go on only with `allow_on_headers_stop_iteration: true`. */
  StopIteration = 1,
  /** Holds everything; no body callback until resumed; a body over the buffer limit is answered 413. */
  StopAllIterationAndBuffer = 3,
  /** Holds everything; no body callback until resumed; the peer is slowed down at the buffer limit. */
  StopAllIterationAndWatermark = 4,
}

/** What becomes of a piece of body. */
export enum FilterDataStatus {
  Continue = 0,
  /** Held; the next callback sees everything held so far; over the buffer limit the host answers 413. */
  StopIterationAndBuffer = 1,
  /** Held; the next callback sees only what is new; at the buffer limit the peer is slowed down. */
  StopIterationAndWatermark = 2,
  /** Dropped by the host. */
  StopIterationNoBuffer = 3,
}

export enum FilterTrailersStatus {
  Continue = 0,
  StopIteration = 1,
}

/** Status codes of gRPC, as `onGrpcClose` and `sendLocalResponse` use them. */
export enum GrpcStatus {
  /** For `sendLocalResponse`: none; the host derives it from the HTTP status. */
  None = -1,
  Ok = 0,
  Cancelled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  AlreadyExists = 6,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  OutOfRange = 11,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  DataLoss = 15,
  Unauthenticated = 16,
}
