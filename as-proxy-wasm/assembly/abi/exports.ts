// What does the host call? Each callback finds its context and hands on; nothing is decided here. A callback whose context is
// not known lets traffic go on. Names and parameters: proxy-wasm ABI v0.2.1.
import { beginCallback, endCallback } from "../hostcalls/context-lifecycle";
import { createContext, deleteContext, findContext, findRoot, findStream } from "../dispatcher";
import { FilterDataStatus, FilterHeadersStatus, FilterTrailersStatus } from "./types";
import { allocateForHost } from "./memory";
import { noteConfigured } from "./quiet-collection";

// AssemblyScript's runtime calls it when it gives up: `asconfig.json` has `"use": ["abort=…"]`, which needs it compiled.
export { abort } from "./abort";

/** Tells the host which ABI this module speaks. Never called. */
export function proxy_abi_version_0_2_1(): void {}

/** Envoy takes this name only if there is no `malloc`. */
export function proxy_on_memory_allocate(size: usize): usize {
  return allocateForHost(size);
}

export function proxy_on_context_create(contextId: u32, parentContextId: u32): void {
  const outer = beginCallback(contextId);
  createContext(contextId, parentContextId);
  endCallback(outer);
}

export function proxy_on_vm_start(rootContextId: u32, vmConfigurationSize: u32): i32 {
  const root = findRoot(rootContextId);
  if (root === null) return 1;
  const outer = beginCallback(rootContextId);
  const started = root.onVmStart(vmConfigurationSize);
  endCallback(outer);
  return started ? 1 : 0;
}

/** A plugin whose root id nobody registered is refused. */
export function proxy_on_configure(rootContextId: u32, pluginConfigurationSize: u32): i32 {
  const root = findRoot(rootContextId);
  if (root === null) return 0;
  const outer = beginCallback(rootContextId);
  const configured = root.onConfigure(pluginConfigurationSize);
  noteConfigured();
  endCallback(outer);
  return configured ? 1 : 0;
}

export function proxy_on_tick(rootContextId: u32): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onTick();
  endCallback(outer);
}

export function proxy_on_queue_ready(rootContextId: u32, queueId: u32): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onQueueReady(queueId);
  endCallback(outer);
}

export function proxy_on_http_call_response(
  rootContextId: u32,
  token: u32,
  headerCount: u32,
  bodySize: u32,
  trailerCount: u32,
): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onHttpCallResponse(token, headerCount, bodySize, trailerCount);
  endCallback(outer);
}

export function proxy_on_grpc_receive_initial_metadata(
  rootContextId: u32,
  token: u32,
  headerCount: u32,
): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onGrpcReceiveInitialMetadata(token, headerCount);
  endCallback(outer);
}

export function proxy_on_grpc_receive(rootContextId: u32, token: u32, messageSize: u32): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onGrpcReceive(token, messageSize);
  endCallback(outer);
}

export function proxy_on_grpc_receive_trailing_metadata(
  rootContextId: u32,
  token: u32,
  trailerCount: u32,
): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onGrpcReceiveTrailingMetadata(token, trailerCount);
  endCallback(outer);
}

export function proxy_on_grpc_close(rootContextId: u32, token: u32, grpcStatus: u32): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onGrpcClose(token, grpcStatus);
  endCallback(outer);
}

export function proxy_on_foreign_function(
  rootContextId: u32,
  functionId: u32,
  argumentsSize: u32,
): void {
  const root = findRoot(rootContextId);
  if (root === null) return;
  const outer = beginCallback(rootContextId);
  root.onForeignFunction(functionId, argumentsSize);
  endCallback(outer);
}

export function proxy_on_request_headers(contextId: u32, count: u32, endOfStream: i32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterHeadersStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onRequestHeaders(count, endOfStream != 0);
  endCallback(outer);
  return status;
}

export function proxy_on_request_body(contextId: u32, size: u32, endOfStream: i32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterDataStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onRequestBody(size, endOfStream != 0);
  endCallback(outer);
  return status;
}

export function proxy_on_request_trailers(contextId: u32, count: u32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterTrailersStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onRequestTrailers(count);
  endCallback(outer);
  return status;
}

export function proxy_on_response_headers(contextId: u32, count: u32, endOfStream: i32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterHeadersStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onResponseHeaders(count, endOfStream != 0);
  endCallback(outer);
  return status;
}

export function proxy_on_response_body(contextId: u32, size: u32, endOfStream: i32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterDataStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onResponseBody(size, endOfStream != 0);
  endCallback(outer);
  return status;
}

export function proxy_on_response_trailers(contextId: u32, count: u32): i32 {
  const stream = findStream(contextId);
  if (stream === null) return FilterTrailersStatus.Continue;
  const outer = beginCallback(contextId);
  const status = stream.onResponseTrailers(count);
  endCallback(outer);
  return status;
}

export function proxy_on_done(contextId: u32): i32 {
  const context = findContext(contextId);
  if (context === null) return 1;
  const outer = beginCallback(contextId);
  const finished = context.onDone();
  endCallback(outer);
  return finished ? 1 : 0;
}

export function proxy_on_log(contextId: u32): void {
  const context = findContext(contextId);
  if (context === null) return;
  const outer = beginCallback(contextId);
  context.onLog();
  endCallback(outer);
}

export function proxy_on_delete(contextId: u32): void {
  const outer = beginCallback(contextId);
  deleteContext(contextId);
  endCallback(outer);
}
