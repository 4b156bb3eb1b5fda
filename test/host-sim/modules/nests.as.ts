// How much may be decided in one callback? Holds each request until so many wait as `x-batch` says, and then, from a tick, answers
// them all by itself (`x-do: reply`) or lets them all go on (`continue`).

import {
  proxy_log,
  get_value,
  continue_stream,
  local_response,
  set_effective_context,
  set_tick,
} from "./probe-hostcalls.as";

const out: usize = memory.data(16);
const waiting = new Array<i32>();
let batch: i32 = 0;
let replies: bool = false;

export function abort(m: usize, f: usize, l: u32, c: u32): void {
  unreachable();
}
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

function header(name: string): string {
  const key = String.UTF8.encode(name);
  if (get_value(0, changetype<usize>(key), key.byteLength, out, out + 4) != 0) return "";
  return String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4));
}

export function proxy_on_context_create(id: i32, parent: i32): void {}
export function proxy_on_configure(id: i32, size: i32): i32 {
  set_tick(10);
  return 1;
}

export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 {
  const wanted = header("x-batch");
  if (wanted == "") return 0;
  batch = <i32>parseInt(wanted);
  replies = header("x-do") == "reply";
  waiting.push(id);
  return 1;
}

export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  return 0;
}

export function proxy_on_response_body(id: i32, size: i32, end: i32): i32 {
  return 0;
}

export function proxy_on_tick(id: i32): void {
  if (waiting.length == 0 || waiting.length < batch) return;
  const text = String.UTF8.encode("decided");
  proxy_log(2, changetype<usize>(text), text.byteLength);
  for (let i = 0; i < waiting.length; i++) {
    set_effective_context(waiting[i]);
    if (replies) local_response(403, 0, 0, changetype<usize>(text), text.byteLength, 0, 0, -1);
    else continue_stream(0);
  }
  waiting.length = 0;
}
