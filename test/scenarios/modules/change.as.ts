// Changes each request that passes, as its configuration says: another "header", another "value" of x-client, the "path", the
// "method", the first bytes of the "body", or "nothing".

@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(type: u32, start: u32, max: u32, data: usize, size: usize): u32;
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(type: u32, start: u32, length: u32, data: usize, size: usize): u32;
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(type: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32;
@external("env", "proxy_replace_header_map_value")
declare function proxy_replace_header_map_value(type: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32;

const PAIR: usize = memory.data(8);
let change: string = "";

export function abort(message: usize, file: usize, line: u32, column: u32): void {
  unreachable();
}

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(id: u32, parent: u32): void {}

export function proxy_on_vm_start(id: u32, size: u32): u32 {
  return 1;
}

export function proxy_on_configure(id: u32, size: u32): u32 {
  proxy_get_buffer_bytes(7, 0, size, PAIR, PAIR + 4);
  change = String.UTF8.decodeUnsafe(load<u32>(PAIR), load<u32>(PAIR, 4));
  return 1;
}

function set(isNew: bool, name: string, value: string): void {
  const key = String.UTF8.encode(name);
  const bytes = String.UTF8.encode(value);
  const at = changetype<usize>(key);
  const data = changetype<usize>(bytes);
  if (isNew) proxy_add_header_map_value(0, at, key.byteLength, data, bytes.byteLength);
  else proxy_replace_header_map_value(0, at, key.byteLength, data, bytes.byteLength);
}

export function proxy_on_request_headers(id: u32, count: u32, end: u32): u32 {
  if (change == "header") set(true, "x-between", "1");
  else if (change == "value") set(false, "x-client", "2");
  else if (change == "path") set(false, ":path", "/changed");
  else if (change == "method") set(false, ":method", "DELETE");
  return 0;
}

export function proxy_on_request_body(id: u32, size: u32, end: u32): u32 {
  if (change != "body" || size == 0) return 0;
  const bytes = String.UTF8.encode("attack");
  proxy_set_buffer_bytes(0, 0, min(size, 6), changetype<usize>(bytes), min(size, 6));
  return 0;
}

export function proxy_on_done(id: u32): u32 {
  return 1;
}

export function proxy_on_delete(id: u32): void {}
