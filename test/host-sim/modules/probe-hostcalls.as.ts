// What may the probe ask of a host? Each hostcall as the ABI has it, with no SDK between: pointers, sizes, statuses.

@external("env", "proxy_log")
export declare function proxy_log(level: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_buffer_bytes")
export declare function get_buffer(type: i32, start: i32, length: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_buffer_status")
export declare function buffer_status(type: i32, size: usize, flags: usize): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function set_buffer(type: i32, start: i32, length: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_header_map_value")
export declare function get_value(type: i32, k: usize, ks: usize, ptr: usize, size: usize): i32;
@external("env", "proxy_add_header_map_value")
export declare function add_value(type: i32, k: usize, ks: usize, v: usize, vs: usize): i32;
@external("env", "proxy_replace_header_map_value")
export declare function replace_value(type: i32, k: usize, ks: usize, v: usize, vs: usize): i32;
@external("env", "proxy_remove_header_map_value")
export declare function remove_value(type: i32, k: usize, ks: usize): i32;
@external("env", "proxy_get_header_map_pairs")
export declare function get_pairs(type: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_set_header_map_pairs")
export declare function set_pairs(type: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_header_map_size")
export declare function map_size(type: i32, size: usize): i32;
@external("env", "proxy_get_property")
export declare function get_property(p: usize, ps: usize, ptr: usize, size: usize): i32;
@external("env", "proxy_set_property")
export declare function set_property(p: usize, ps: usize, v: usize, vs: usize): i32;
@external("env", "proxy_send_local_response")
export declare function local_response(code: i32, d: usize, ds: usize, b: usize, bs: usize, h: usize, hs: usize, grpc: i32): i32;
@external("env", "proxy_continue_stream")
export declare function continue_stream(type: i32): i32;
@external("env", "proxy_close_stream")
export declare function close_stream(type: i32): i32;
@external("env", "proxy_http_call")
export declare function http_call(c: usize, cs: usize, h: usize, hs: usize, b: usize, bs: usize, t: usize, ts: usize, timeout: i32, token: usize): i32;
@external("env", "proxy_set_effective_context")
export declare function set_effective_context(id: i32): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function set_tick(period: i32): i32;
@external("env", "proxy_done")
export declare function proxy_done(): i32;
@external("env", "proxy_get_status")
export declare function get_status(code: usize, ptr: usize, size: usize): i32;
@external("env", "proxy_get_shared_data")
export declare function get_shared(k: usize, ks: usize, ptr: usize, size: usize, cas: usize): i32;
@external("env", "proxy_set_shared_data")
export declare function set_shared(k: usize, ks: usize, v: usize, vs: usize, cas: i32): i32;
@external("env", "proxy_register_shared_queue")
export declare function register_queue(n: usize, ns: usize, token: usize): i32;
@external("env", "proxy_resolve_shared_queue")
export declare function resolve_queue(v: usize, vs: usize, n: usize, ns: usize, token: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
export declare function enqueue(token: i32, v: usize, vs: usize): i32;
@external("env", "proxy_dequeue_shared_queue")
export declare function dequeue(token: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_define_metric")
export declare function define_metric(type: i32, n: usize, ns: usize, id: usize): i32;
@external("env", "proxy_increment_metric")
export declare function increment_metric(id: i32, offset: i64): i32;
@external("env", "proxy_record_metric")
export declare function record_metric(id: i32, value: i64): i32;
@external("env", "proxy_get_metric")
export declare function get_metric(id: i32, value: usize): i32;
@external("env", "proxy_call_foreign_function")
export declare function foreign(n: usize, ns: usize, a: usize, as_: usize, ptr: usize, size: usize): i32;
@external("env", "proxy_get_log_level")
export declare function get_log_level(level: usize): i32;
@external("env", "proxy_get_current_time_nanoseconds")
export declare function get_time(time: usize): i32;
