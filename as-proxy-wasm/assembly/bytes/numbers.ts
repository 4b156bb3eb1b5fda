// Which numbers stand in bytes? Read in place, without an object for the view; outside of the bytes stands 0.

/** The byte at `at`. */
export function byteAt(bytes: ArrayBuffer, at: i32): u32 {
  return <u32>at < <u32>bytes.byteLength ? load<u8>(changetype<usize>(bytes) + at) : 0;
}

/** The eight bytes from `at` on, the first in front; 0 if they are not all there. */
export function u64BEAt(bytes: ArrayBuffer, at: i32): u64 {
  if (at < 0 || at > bytes.byteLength - 8) return 0;
  return bswap<u64>(load<u64>(changetype<usize>(bytes) + at));
}

/** The four bytes from `at` on, the first in front; 0 if they are not all there. */
export function u32BEAt(bytes: ArrayBuffer, at: i32): u32 {
  if (at < 0 || at > bytes.byteLength - 4) return 0;
  return bswap<u32>(load<u32>(changetype<usize>(bytes) + at));
}
