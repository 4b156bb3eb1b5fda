/** Which numbers of the ABI does the host of the fuzzers need? proxy-wasm v0.2.1, "Types", and Envoy's filter statuses. */
export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  ParseFailure: 4,
  Empty: 7,
  CasMismatch: 8,
  InternalFailure: 10,
  Unimplemented: 12,
} as const;

export const MapType = {
  RequestHeaders: 0,
  RequestTrailers: 1,
  ResponseHeaders: 2,
  ResponseTrailers: 3,
  CallHeaders: 6,
} as const;

export const BufferType = {
  RequestBody: 0,
  ResponseBody: 1,
  CallBody: 4,
  GrpcMessage: 5,
  Configuration: 7,
} as const;

/** What a callback for a piece of a stream returns. */
export const Filter = {
  Continue: 0,
  Stop: 1,
  StopAndBuffer: 1,
  StopAndWatermark: 2,
  StopNoBuffer: 3,
  StopAll: 4,
} as const;

export const LogLevel = { Info: 2, Warn: 3, Error: 4, Critical: 5 } as const;
