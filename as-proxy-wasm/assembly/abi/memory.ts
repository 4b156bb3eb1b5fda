// Who owns what the host writes into this module? This file alone: it hands out the room that the host asks for through
// proxy_on_memory_allocate, and takes the result back once the hostcall has returned.
//
// The room is an ArrayBuffer in a global: a collection between the host's write and our read can't free it, and nothing
// is copied afterwards, as the buffer itself is the result. It is let go of at the latest by the next hostcall.
import { noteHostBytes } from "./quiet-collection";
import { Status } from "./types";
import { seen } from "./status";

/** Where the host writes the pointer, the size, and a third value of a result. */
const CELLS: usize = memory.data(16, 8);
export const RETURN_DATA: usize = CELLS;
export const RETURN_SIZE: usize = CELLS + 4;
/** 8 bytes, aligned: a token, a metric's value, a compare-and-swap number, a time. */
export const RETURN_VALUE: usize = CELLS + 8;

/** Above this AssemblyScript's allocator would trap: an object has at most 1 GiB. */
const LARGEST: usize = (1 << 30) - 1024;

/** What a hostcall is told about bytes: where they begin. The caller must keep `bytes` in a variable during the call. */
export function addressOf(bytes: ArrayBuffer | null): usize {
  return changetype<usize>(bytes);
}

/** What a hostcall is told about bytes: how many there are. */
export function sizeOf(bytes: ArrayBuffer | null): usize {
  return bytes !== null ? <usize>bytes.byteLength : 0;
}

let room: ArrayBuffer | null = null;
let place: usize = 0;
let placeSize: usize = 0;

/** To be called before each hostcall with results: a host may answer Ok and write nothing (an empty buffer in Envoy). */
export function expectResult(): void {
  store<u64>(CELLS, 0);
  store<u64>(RETURN_VALUE, 0);
  room = null;
  place = 0;
}

/** The next room of at most `size` bytes that the host asks for is at `at`. */
export function expectResultAt(at: usize, size: usize): void {
  expectResult();
  place = at;
  placeSize = size;
}

/** Serves proxy_on_memory_allocate. 0 tells the host that there is no room. */
export function allocateForHost(size: usize): usize {
  const at = place;
  place = 0;
  if (at != 0 && size <= placeSize) return at;
  if (size > LARGEST) return 0;
  noteHostBytes(size);
  const fresh = new ArrayBuffer(<i32>size);
  room = fresh;
  return changetype<usize>(fresh);
}

/** What the host has written; null if `status` is a failure or the host did not write where it was told to. */
export function takeResult(status: i32): ArrayBuffer | null {
  const taken = room;
  room = null;
  if (seen(status) != Status.Ok) return null;
  const size = load<u32>(RETURN_SIZE);
  if (size == 0) return new ArrayBuffer(0);
  if (
    taken === null ||
    load<usize>(RETURN_DATA) != changetype<usize>(taken) ||
    size > <u32>taken.byteLength
  ) {
    seen(Status.InvalidMemoryAccess);
    return null;
  }
  return size == <u32>taken.byteLength ? taken : taken.slice(0, <i32>size);
}

/**
 * Number of bytes that the host has written at the place given to `expectResultAt`; -1 if that failed. A host that asked
 * for more room than was offered wrote elsewhere: then, and only then, its bytes are copied.
 */
export function takeResultAt(status: i32, at: usize, most: u32): i32 {
  place = 0;
  if (status == Status.Ok && load<usize>(RETURN_DATA) == at && load<u32>(RETURN_SIZE) <= most) {
    seen(status);
    return load<i32>(RETURN_SIZE);
  }
  const elsewhere = takeResult(status);
  if (elsewhere === null) return -1;
  const size = elsewhere.byteLength;
  if (<u32>size > most) {
    seen(Status.InvalidMemoryAccess);
    return -1;
  }
  memory.copy(at, changetype<usize>(elsewhere), size);
  return size;
}
