// What becomes of a body that a filter holds and lets go, once or twice? The header `x-hold: STATUS RELEASES FIRST [CONDITION]` says
// what body callbacks answer, how often the request is let go, after how many bytes it is let go first, and what
// `x-envoy-retry-on` becomes. Everything is let go from a tick.

import {
  proxy_log,
  buffer_status,
  get_value,
  replace_value,
  continue_stream,
  set_effective_context,
  set_tick,
} from "./probe-hostcalls.as";

const out: usize = memory.data(16);

class Held {
  waiting: bool = false;
  released: i32 = 0;
  seen: i32 = 0;
  constructor(
    public status: i32,
    public releases: i32,
    public first: i32,
  ) {}
}

const all = new Map<i32, Held>();

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
  const words = header("x-hold").split(" ");
  if (words.length < 3) return 0;
  const held = new Held(<i32>parseInt(words[0]), <i32>parseInt(words[1]), <i32>parseInt(words[2]));
  all.set(id, held);
  held.waiting = end != 0;
  if (words.length > 3) {
    const key = String.UTF8.encode("x-envoy-retry-on");
    const value = String.UTF8.encode(words[3]);
    replace_value(0, changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength);
  }
  return 1;
}

export function proxy_on_request_body(id: i32, size: i32, end: i32): i32 {
  if (!all.has(id)) return 0;
  const held = all.get(id);
  held.seen = held.status == 1 ? size : held.seen + size;
  const enough = held.releases > 1 && held.released == 0 && held.seen >= held.first;
  if (end != 0 || enough) held.waiting = true;
  return held.status;
}

export function proxy_on_tick(id: i32): void {
  const ids = all.keys();
  for (let i = 0; i < ids.length; i++) {
    const held = all.get(ids[i]);
    if (!held.waiting) continue;
    held.waiting = false;
    held.released++;
    set_effective_context(ids[i]);
    let size = "";
    if (held.status == 1 && held.seen > 0) {
      buffer_status(0, out, out + 4);
      size = " " + load<u32>(out).toString();
    }
    log("released " + held.released.toString() + size);
    continue_stream(0);
  }
}

export function proxy_on_delete(id: i32): void {
  all.delete(id);
}
