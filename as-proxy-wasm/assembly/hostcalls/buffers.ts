// How are buffers of the host (bodies, messages, configurations) read and changed? ABI section "Buffers".
import {
  proxy_get_buffer_bytes,
  proxy_get_buffer_status,
  proxy_set_buffer_bytes,
} from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  RETURN_VALUE,
  expectResult,
  expectResultAt,
  takeResult,
  takeResultAt,
} from "../abi/memory";
import { seen } from "../abi/status";
import { BufferType, Status } from "../abi/types";

/**
 * At most `length` bytes from `start` on; fewer, or none, where the buffer ends before. Null if there is no such buffer now.
 * For large bodies use `HeldBytes`, which answers a status when memory ends.
 */
export function getBuffer(type: BufferType, start: u32, length: u32): ArrayBuffer | null {
  expectResult();
  return takeResult(proxy_get_buffer_bytes(type, start, length, RETURN_DATA, RETURN_SIZE));
}

/** For `HeldBytes`: number of bytes that the host wrote at `at`, -1 on failure. */
export function readBufferTo(type: BufferType, start: u32, length: u32, at: usize): i32 {
  expectResultAt(at, length);
  return takeResultAt(
    proxy_get_buffer_bytes(type, start, length, RETURN_DATA, RETURN_SIZE),
    at,
    length,
  );
}

/** Number of bytes in a buffer; 0 if there is no such buffer now, with the reason in `lastStatus`. */
export function getBufferSize(type: BufferType): u32 {
  expectResult();
  const status = seen(proxy_get_buffer_status(type, RETURN_SIZE, RETURN_VALUE));
  return status == Status.Ok ? load<u32>(RETURN_SIZE) : 0;
}

/** Puts `bytes` in the place of `length` bytes from `start` on. Envoy: `start` is 0, or at the end or after it. */
export function replaceInBuffer(
  type: BufferType,
  start: u32,
  length: u32,
  bytes: ArrayBuffer,
): Status {
  const size = sizeOf(bytes);
  return <Status>seen(proxy_set_buffer_bytes(type, start, length, addressOf(bytes), size));
}

/** For `HeldBytes`: puts `length` bytes from `at` before the content (`start` 0), or behind it (`start` at its end or after). */
export function writeBufferFrom(type: BufferType, start: u32, at: usize, length: u32): Status {
  return <Status>seen(proxy_set_buffer_bytes(type, start, 0, at, length));
}

/** Puts `bytes` in the place of the whole content. */
export function setBuffer(type: BufferType, bytes: ArrayBuffer): Status {
  return replaceInBuffer(type, 0, u32.MAX_VALUE, bytes);
}

export function appendToBuffer(type: BufferType, bytes: ArrayBuffer): Status {
  return replaceInBuffer(type, u32.MAX_VALUE, 0, bytes);
}

export function prependToBuffer(type: BufferType, bytes: ArrayBuffer): Status {
  return replaceInBuffer(type, 0, 0, bytes);
}
