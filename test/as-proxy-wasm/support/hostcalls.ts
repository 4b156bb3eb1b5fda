/**
 * Which hostcalls does ABI v0.2.1 have that HTTP filters can use, and what are their parameters? Written by hand from the
 * specification (proxy-wasm/spec, abi-versions/v0.2.1): the list that the SDK's imports are compared with.
 */

/**
 * - `i32`, `i64`: a number
 * - `bytes`: address and size of bytes for the host to read
 * - `out-bytes`: where the host writes address and size of bytes that it allocated
 * - `out-i32`, `out-i64`: where the host writes a number
 */
export type Parameter = "i32" | "i64" | "bytes" | "out-bytes" | "out-i32" | "out-i64";

export const HOSTCALLS: Readonly<Record<string, readonly Parameter[]>> = {
  proxy_log: ["i32", "bytes"],
  proxy_get_log_level: ["out-i32"],
  proxy_get_current_time_nanoseconds: ["out-i64"],
  proxy_set_tick_period_milliseconds: ["i32"],
  proxy_done: [],
  proxy_set_effective_context: ["i32"],
  proxy_get_buffer_bytes: ["i32", "i32", "i32", "out-bytes"],
  proxy_get_buffer_status: ["i32", "out-i32", "out-i32"],
  proxy_set_buffer_bytes: ["i32", "i32", "i32", "bytes"],
  proxy_get_header_map_size: ["i32", "out-i32"],
  proxy_get_header_map_pairs: ["i32", "out-bytes"],
  proxy_set_header_map_pairs: ["i32", "bytes"],
  proxy_get_header_map_value: ["i32", "bytes", "out-bytes"],
  proxy_add_header_map_value: ["i32", "bytes", "bytes"],
  proxy_replace_header_map_value: ["i32", "bytes", "bytes"],
  proxy_remove_header_map_value: ["i32", "bytes"],
  proxy_continue_stream: ["i32"],
  proxy_close_stream: ["i32"],
  proxy_get_status: ["out-i32", "out-bytes"],
  proxy_send_local_response: ["i32", "bytes", "bytes", "bytes", "i32"],
  proxy_http_call: ["bytes", "bytes", "bytes", "bytes", "i32", "out-i32"],
  proxy_grpc_call: ["bytes", "bytes", "bytes", "bytes", "bytes", "i32", "out-i32"],
  proxy_grpc_stream: ["bytes", "bytes", "bytes", "bytes", "out-i32"],
  proxy_grpc_send: ["i32", "bytes", "i32"],
  proxy_grpc_cancel: ["i32"],
  proxy_grpc_close: ["i32"],
  proxy_get_shared_data: ["bytes", "out-bytes", "out-i32"],
  proxy_set_shared_data: ["bytes", "bytes", "i32"],
  proxy_register_shared_queue: ["bytes", "out-i32"],
  proxy_resolve_shared_queue: ["bytes", "bytes", "out-i32"],
  proxy_enqueue_shared_queue: ["i32", "bytes"],
  proxy_dequeue_shared_queue: ["i32", "out-bytes"],
  proxy_define_metric: ["i32", "bytes", "out-i32"],
  proxy_increment_metric: ["i32", "i64"],
  proxy_record_metric: ["i32", "i64"],
  proxy_get_metric: ["i32", "out-i64"],
  proxy_get_property: ["bytes", "out-bytes"],
  proxy_set_property: ["bytes", "bytes"],
  proxy_call_foreign_function: ["bytes", "bytes", "out-bytes"],
};

/** The callbacks, with number of parameters and whether there is a result. */
export const CALLBACKS: Readonly<Record<string, readonly [parameters: number, result: boolean]>> = {
  proxy_abi_version_0_2_1: [0, false],
  proxy_on_memory_allocate: [1, true],
  proxy_on_context_create: [2, false],
  proxy_on_done: [1, true],
  proxy_on_log: [1, false],
  proxy_on_delete: [1, false],
  proxy_on_vm_start: [2, true],
  proxy_on_configure: [2, true],
  proxy_on_tick: [1, false],
  proxy_on_request_headers: [3, true],
  proxy_on_request_body: [3, true],
  proxy_on_request_trailers: [2, true],
  proxy_on_response_headers: [3, true],
  proxy_on_response_body: [3, true],
  proxy_on_response_trailers: [2, true],
  proxy_on_http_call_response: [5, false],
  proxy_on_grpc_receive_initial_metadata: [3, false],
  proxy_on_grpc_receive: [3, false],
  proxy_on_grpc_receive_trailing_metadata: [3, false],
  proxy_on_grpc_close: [3, false],
  proxy_on_queue_ready: [2, false],
  proxy_on_foreign_function: [3, false],
};
