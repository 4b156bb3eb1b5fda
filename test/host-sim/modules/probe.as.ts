// What does a host do, seen from inside? A filter that obeys its configuration: lines `callback: command; command; …`.
// Each callback and each answer of a hostcall is one log line, so that two hosts can be compared line by line.

import {
  proxy_log,
  get_buffer,
  buffer_status,
  set_buffer,
  get_value,
  add_value,
  replace_value,
  remove_value,
  get_pairs,
  set_pairs,
  map_size,
  get_property,
  set_property,
  local_response,
  continue_stream,
  close_stream,
  http_call,
  set_effective_context,
  set_tick,
  proxy_done,
  get_status,
  get_shared,
  set_shared,
  register_queue,
  resolve_queue,
  enqueue,
  dequeue,
  define_metric,
  increment_metric,
  record_metric,
  get_metric,
  foreign,
  get_log_level,
  get_time,
} from "./probe-hostcalls.as";

const out: usize = memory.data(16);
let script: Map<string, string> = new Map();
let stream: u32 = 0;
let answer: i32 = 0;
let quiet: bool = false;
let slot: u32 = 0;

export function abort(m: usize, f: usize, l: u32, c: u32): void {
  unreachable();
}
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

function log(text: string): void {
  const b = String.UTF8.encode(text);
  proxy_log(2, changetype<usize>(b), b.byteLength);
}

function text(ptr: usize, size: usize): string {
  return size == 0 ? "" : String.UTF8.decodeUnsafe(ptr, size);
}

function result(what: string, status: i32): void {
  const ptr = load<u32>(out);
  const size = load<u32>(out, 4);
  log(what + " = " + status.toString() + (status == 0 ? " '" + text(ptr, size) + "'" : ""));
}

function hex(ptr: usize, size: usize): string {
  let s = "";
  for (let i: usize = 0; i < size; i++) {
    const b = load<u8>(ptr + i);
    s += "0123456789abcdef".charAt(b >> 4) + "0123456789abcdef".charAt(b & 15);
  }
  return s;
}

/** `a=b,c=d` as serialized pairs. */
function pairs(list: string): ArrayBuffer {
  const items = list == "" || list == "-" ? new Array<string>() : list.split(",");
  let size = 4;
  for (let i = 0; i < items.length; i++) size += 8 + String.UTF8.byteLength(items[i]) + 1;
  const b = new ArrayBuffer(size);
  const p = changetype<usize>(b);
  store<u32>(p, items.length);
  let at = p + 4 + items.length * 8;
  for (let i = 0; i < items.length; i++) {
    const eq = items[i].indexOf("=");
    const name = String.UTF8.encode(items[i].substring(0, eq), true);
    const value = String.UTF8.encode(items[i].substring(eq + 1).replaceAll("_", " "), true);
    store<u32>(p + 4 + i * 8, name.byteLength - 1);
    store<u32>(p + 8 + i * 8, value.byteLength - 1);
    memory.copy(at, changetype<usize>(name), name.byteLength);
    at += name.byteLength;
    memory.copy(at, changetype<usize>(value), value.byteLength);
    at += value.byteLength;
  }
  return b;
}

function pairsText(ptr: usize): string {
  const n = load<u32>(ptr);
  let at = ptr + 4 + n * 8;
  let s = "";
  for (let i: u32 = 0; i < n; i++) {
    const ns = load<u32>(ptr + 4 + i * 8);
    const vs = load<u32>(ptr + 8 + i * 8);
    s += (i > 0 ? "; " : "") + text(at, ns) + "=" + text(at + ns + 1, vs);
    at += ns + vs + 2;
  }
  return s;
}

function int(a: Array<string>, i: i32): i32 {
  return i < a.length ? <i32>I64.parseInt(a[i]) : 0;
}
function str(a: Array<string>, i: i32): ArrayBuffer {
  return String.UTF8.encode(i < a.length ? a[i].replaceAll("_", " ") : "");
}

function run(command: string): void {
  const a = command.split(" ");
  const c = a[0];
  const s1 = str(a, 1);
  const s2 = str(a, 2);
  const s3 = str(a, 3);
  const p1 = changetype<usize>(s1);
  const p2 = changetype<usize>(s2);
  const p3 = changetype<usize>(s3);
  const l1 = s1.byteLength;
  const l2 = s2.byteLength;
  const l3 = s3.byteLength;
  store<u64>(out, 0);
  store<u64>(out + 8, 0);
  let status = 0;
  if (c == "log") log(command.substring(4));
  else if (c == "return") answer = int(a, 1);
  else if (c == "trap") unreachable();
  else if (c == "quiet") quiet = true;
  else if (c == "get") result(command, get_value(int(a, 1), p2, l2, out, out + 4));
  else if (c == "add") log(command + " = " + add_value(int(a, 1), p2, l2, p3, l3).toString());
  else if (c == "replace") log(command + " = " + replace_value(int(a, 1), p2, l2, p3, l3).toString());
  else if (c == "remove") log(command + " = " + remove_value(int(a, 1), p2, l2).toString());
  else if (c == "mapsize") {
    status = map_size(int(a, 1), out);
    log(command + " = " + status.toString() + " " + load<u32>(out).toString());
  } else if (c == "setpairs") {
    const b = pairs(a[2]);
    log(command + " = " + set_pairs(int(a, 1), changetype<usize>(b), b.byteLength).toString());
  } else if (c == "pairs") {
    status = get_pairs(int(a, 1), out, out + 4);
    const size = load<u32>(out, 4);
    log(command + " = " + status.toString() + " [" + (size > 0 ? pairsText(load<u32>(out)) : "") + "]");
  } else if (c == "body") {
    result(command, get_buffer(int(a, 1), int(a, 2), int(a, 3), out, out + 4));
  } else if (c == "bodysize") {
    status = buffer_status(int(a, 1), out, out + 4);
    log(command + " = " + status.toString() + " " + load<u32>(out).toString() + " " + load<u32>(out, 4).toString());
  } else if (c == "setbody") {
    const b = str(a, 4);
    log(command + " = " + set_buffer(int(a, 1), int(a, 2), int(a, 3), changetype<usize>(b), b.byteLength).toString());
  } else if (c == "prop") {
    const path = String.UTF8.encode(a[1].replaceAll(".", "\0"));
    status = get_property(changetype<usize>(path), path.byteLength, out, out + 4);
    log(command + " = " + status.toString() + (status == 0 ? " " + load<u32>(out, 4).toString() + ":" + hex(load<u32>(out), min(load<u32>(out, 4), 400)) : ""));
  } else if (c == "setprop") {
    const path = String.UTF8.encode(a[1].replaceAll(".", "\0"));
    log(command + " = " + set_property(changetype<usize>(path), path.byteLength, p2, l2).toString());
  } else if (c == "reply") {
    const h = pairs(a.length > 3 ? a[3] : "");
    const grpc = a.length > 4 ? int(a, 4) : -1;
    status = local_response(int(a, 1), p1, 0, p2, l2, changetype<usize>(h), h.byteLength, grpc);
    log(command + " = " + status.toString());
  } else if (c == "continue") log(command + " = " + continue_stream(int(a, 1)).toString());
  else if (c == "close") log(command + " = " + close_stream(int(a, 1)).toString());
  else if (c == "call") {
    // call CLUSTER HEADERS BODY TIMEOUT
    const h = pairs(a[2]);
    const b = str(a, 3);
    status = http_call(p1, l1, changetype<usize>(h), h.byteLength, changetype<usize>(b), a[3] == "-" ? 0 : b.byteLength, 0, 0, int(a, 4), out);
    log(command + " = " + status.toString() + " " + load<u32>(out).toString());
  } else if (c == "effective") log(command + " = " + set_effective_context(a.length > 1 ? int(a, 1) : stream).toString());
  else if (c == "tick") log(command + " = " + set_tick(int(a, 1)).toString());
  else if (c == "done") log(command + " = " + proxy_done().toString());
  else if (c == "status") {
    status = get_status(out, out + 4, out + 8);
    log(command + " = " + status.toString() + " " + load<u32>(out).toString() + " '" + text(load<u32>(out, 4), load<u32>(out, 8)) + "'");
  } else if (c == "getshared") {
    status = get_shared(p1, l1, out, out + 4, out + 8);
    log(command + " = " + status.toString() + (status == 0 ? " '" + text(load<u32>(out), load<u32>(out, 4)) + "' cas " + (load<u32>(out, 8) > 0 ? "set" : "0") : ""));
    slot = load<u32>(out, 8);
  } else if (c == "setshared") {
    log(command + " = " + set_shared(p1, l1, p2, l2, a.length > 3 ? (a[3] == "last" ? slot : int(a, 3)) : 0).toString());
  } else if (c == "queue") {
    log(command + " = " + register_queue(p1, l1, out).toString());
    slot = load<u32>(out);
  } else if (c == "resolve") {
    log(command + " = " + resolve_queue(p1, a[1] == "-" ? 0 : l1, p2, l2, out).toString());
    slot = load<u32>(out);
  } else if (c == "enqueue") log(command + " = " + enqueue(a[1] == "last" ? slot : int(a, 1), p2, l2).toString());
  else if (c == "dequeue") result(command, dequeue(a[1] == "last" ? slot : int(a, 1), out, out + 4));
  else if (c == "metric") {
    log(command + " = " + define_metric(int(a, 1), p2, l2, out).toString() + " " + load<u32>(out).toString());
    slot = load<u32>(out);
  } else if (c == "increment") log(command + " = " + increment_metric(slot, <i64>int(a, 1)).toString());
  else if (c == "record") log(command + " = " + record_metric(slot, <i64>int(a, 1)).toString());
  else if (c == "value") log(command + " = " + get_metric(slot, out).toString() + " " + load<u64>(out).toString());
  else if (c == "foreign") result(command, foreign(p1, l1, p2, l2, out, out + 4));
  else if (c == "level") log(command + " = " + get_log_level(out).toString() + " " + load<u32>(out).toString());
  else if (c == "time") log(command + " = " + get_time(out).toString() + " " + load<u64>(out).toString());
  else log("unknown command " + command);
}

function on(callback: string, args: string, fallback: i32): i32 {
  answer = fallback;
  if (!quiet || !callback.includes("_body")) log(callback + args);
  if (script.has(callback)) {
    const commands = script.get(callback).split(";");
    for (let i = 0; i < commands.length; i++) run(commands[i].trim());
  }
  return answer;
}

function n(v: i32): string {
  return " " + v.toString();
}

function obey(lines: Array<string>): void {
  quiet = false;
  script = new Map();
  for (let i = 0; i < lines.length; i++) {
    const colon = lines[i].indexOf(":");
    if (colon > 0) script.set(lines[i].substring(0, colon).trim(), lines[i].substring(colon + 1).trim());
  }
}

/** A request may bring a script of its own, so that one gateway does for many cases. */
function takeScript(): void {
  const name = String.UTF8.encode("x-script");
  if (get_value(0, changetype<usize>(name), name.byteLength, out, out + 4) != 0) return;
  obey(text(load<u32>(out), load<u32>(out, 4)).split("|"));
  remove_value(0, changetype<usize>(name), name.byteLength);
}

export function proxy_on_context_create(id: i32, parent: i32): void {
  if (parent != 0) stream = id;
}
export function proxy_on_vm_start(id: i32, size: i32): i32 {
  return 1;
}
export function proxy_on_configure(id: i32, size: i32): i32 {
  if (size > 0) {
    get_buffer(7, 0, size, out, out + 4);
    obey(text(load<u32>(out), load<u32>(out, 4)).split("\n"));
  }
  return on("configure", "", 1);
}
export function proxy_on_tick(id: i32): void {
  on("tick", "", 0);
}
export function proxy_on_queue_ready(id: i32, token: i32): void {
  slot = token;
  on("queue_ready", "", 0);
}
export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 {
  takeScript();
  return on("request_headers", " end" + n(end), 0);
}
export function proxy_on_request_body(id: i32, size: i32, end: i32): i32 {
  return on(end ? "request_body_end" : "request_body", n(size), script.has("request_body_return") ? <i32>parseInt(script.get("request_body_return")) : 0);
}
export function proxy_on_request_trailers(id: i32, count: i32): i32 {
  return on("request_trailers", n(count), 0);
}
export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  return on("response_headers", " end" + n(end), 0);
}
export function proxy_on_response_body(id: i32, size: i32, end: i32): i32 {
  return on(end ? "response_body_end" : "response_body", n(size), script.has("response_body_return") ? <i32>parseInt(script.get("response_body_return")) : 0);
}
export function proxy_on_response_trailers(id: i32, count: i32): i32 {
  return on("response_trailers", n(count), 0);
}
export function proxy_on_http_call_response(id: i32, token: i32, headers: i32, size: i32, trailers: i32): void {
  on("call_response", n(headers) + n(size) + n(trailers), 0);
}
export function proxy_on_log(id: i32): void {
  on("log", "", 0);
}
export function proxy_on_done(id: i32): i32 {
  return on(id == 1 ? "root_done" : "done", "", 1);
}
export function proxy_on_delete(id: i32): void {
  on(id == 1 ? "root_delete" : "delete", "", 0);
}
