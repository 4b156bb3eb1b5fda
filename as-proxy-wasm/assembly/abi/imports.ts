// Which functions does a module take from its host? All of proxy-wasm ABI v0.2.1 that HTTP filters can use, under the
// spec's own names. Only what is called ends up in the module: AssemblyScript drops imports nobody uses.
// This is the only file with decorators: TypeScript's parsers refuse them on functions.

// Logging
@external("env", "proxy_log")
export declare function proxy_log(level: i32, message: usize, size: usize): i32;
@external("env", "proxy_get_log_level")
export declare function proxy_get_log_level(returnLevel: usize): i32;

// Clocks and timers
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(returnTime: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: u32): i32;

// Randomness
@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(buffer: usize, size: usize): i32;

// Context lifecycle
@external("env", "proxy_done")
export declare function proxy_done(): i32;
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(contextId: u32): i32;

// Buffers
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(type: i32, start: u32, maxSize: u32, returnData: usize, returnSize: usize): i32;
@external("env", "proxy_get_buffer_status")
export declare function proxy_get_buffer_status(type: i32, returnSize: usize, returnUnused: usize): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(type: i32, start: u32, size: u32, data: usize, dataSize: usize): i32;

// HTTP fields
@external("env", "proxy_get_header_map_size")
export declare function proxy_get_header_map_size(type: i32, returnSize: usize): i32;
@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(type: i32, returnData: usize, returnSize: usize): i32;
@external("env", "proxy_set_header_map_pairs")
export declare function proxy_set_header_map_pairs(type: i32, data: usize, size: usize): i32;
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(type: i32, key: usize, keySize: usize, returnData: usize, returnSize: usize): i32;
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(type: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(type: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(type: i32, key: usize, keySize: usize): i32;

// Streams
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(type: i32): i32;
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(type: i32): i32;
@external("env", "proxy_get_status")
export declare function proxy_get_status(returnCode: usize, returnMessage: usize, returnMessageSize: usize): i32;
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(statusCode: u32, details: usize, detailsSize: usize, body: usize, bodySize: usize, headers: usize, headersSize: usize, grpcStatus: i32): i32;

// HTTP calls
@external("env", "proxy_http_call")
export declare function proxy_http_call(cluster: usize, clusterSize: usize, headers: usize, headersSize: usize, body: usize, bodySize: usize, trailers: usize, trailersSize: usize, timeout: u32, returnToken: usize): i32;

// gRPC calls
@external("env", "proxy_grpc_call")
export declare function proxy_grpc_call(cluster: usize, clusterSize: usize, service: usize, serviceSize: usize, method: usize, methodSize: usize, metadata: usize, metadataSize: usize, message: usize, messageSize: usize, timeout: u32, returnToken: usize): i32;
@external("env", "proxy_grpc_stream")
export declare function proxy_grpc_stream(cluster: usize, clusterSize: usize, service: usize, serviceSize: usize, method: usize, methodSize: usize, metadata: usize, metadataSize: usize, returnToken: usize): i32;
@external("env", "proxy_grpc_send")
export declare function proxy_grpc_send(token: u32, message: usize, messageSize: usize, endStream: i32): i32;
@external("env", "proxy_grpc_cancel")
export declare function proxy_grpc_cancel(token: u32): i32;
@external("env", "proxy_grpc_close")
export declare function proxy_grpc_close(token: u32): i32;

// Shared key-value store
@external("env", "proxy_get_shared_data")
export declare function proxy_get_shared_data(key: usize, keySize: usize, returnData: usize, returnSize: usize, returnCas: usize): i32;
@external("env", "proxy_set_shared_data")
export declare function proxy_set_shared_data(key: usize, keySize: usize, value: usize, valueSize: usize, cas: u32): i32;

// Shared queues
@external("env", "proxy_register_shared_queue")
export declare function proxy_register_shared_queue(name: usize, nameSize: usize, returnQueue: usize): i32;
@external("env", "proxy_resolve_shared_queue")
export declare function proxy_resolve_shared_queue(vmId: usize, vmIdSize: usize, name: usize, nameSize: usize, returnQueue: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
export declare function proxy_enqueue_shared_queue(queue: u32, value: usize, valueSize: usize): i32;
@external("env", "proxy_dequeue_shared_queue")
export declare function proxy_dequeue_shared_queue(queue: u32, returnData: usize, returnSize: usize): i32;

// Metrics
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(type: i32, name: usize, nameSize: usize, returnMetric: usize): i32;
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(metric: u32, delta: i64): i32;
@external("env", "proxy_record_metric")
export declare function proxy_record_metric(metric: u32, value: u64): i32;
@external("env", "proxy_get_metric")
export declare function proxy_get_metric(metric: u32, returnValue: usize): i32;

// Properties
@external("env", "proxy_get_property")
export declare function proxy_get_property(path: usize, pathSize: usize, returnData: usize, returnSize: usize): i32;
@external("env", "proxy_set_property")
export declare function proxy_set_property(path: usize, pathSize: usize, value: usize, valueSize: usize): i32;

// Foreign function interface
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(name: usize, nameSize: usize, args: usize, argsSize: usize, returnData: usize, returnSize: usize): i32;

// What AssemblyScript's collector takes from the module, if it is there: a call for each object that it frees.
import { onObjectFreed } from "./finalize";
@global
export function __finalize(address: usize): void {
  onObjectFreed(address);
}
