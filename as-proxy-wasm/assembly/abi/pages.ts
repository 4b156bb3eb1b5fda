// Where does room for bodies and large messages come from? From whole pages of 64 KiB that are kept apart from
// AssemblyScript's allocator, for two reasons: that one traps when memory ends, whereas here 0 is answered; and it keeps what it
// once got, in pieces. Linear memory can't shrink, so pages that are given back serve the next comer.

export const PAGE_SIZE: usize = 65536;
const PAGE_BITS: u32 = 16;

/** One byte for each page that memory can have; 1: the page is ours and free. */
const FREE_MAP: usize = memory.data(65536);
/**
 * Memory grows by so many pages more than needed. So this file is refused first, while AssemblyScript's allocator, whose
 * failure is a trap, still gets some pages for its small objects.
 */
const HEADROOM: u32 = 16;

let lowest: u32 = 65536;
let end: u32 = 0;

/** Bytes of all pages that are given back and wait for use. */
export function freePageBytes(): usize {
  let bytes: usize = 0;
  for (let page = lowest; page < end; page++) if (isFree(page)) bytes += PAGE_SIZE;
  return bytes;
}

/** Room of `count` pages in one piece; 0 if the host gives no more memory. */
export function takePages(count: i32): usize {
  while (lowest < end && !isFree(lowest)) lowest++;
  let first = lowest;
  for (let page = first; page < end && page < first + count; page++) {
    if (!isFree(page)) first = page + 1;
  }
  if (first + count > end) {
    // AssemblyScript's allocator takes all memory that is there when it is first used: it has to be before the first growth.
    if (end == 0) heap.free(heap.alloc(1));
    const size = <u32>memory.size();
    // What is free at the end of memory is the begin of it.
    if (end != size) first = size;
    const missing = first + count - size + HEADROOM;
    if (memory.grow(missing) < 0) return 0;
    mark(size, missing, true);
  }
  mark(first, <u32>count, false);
  return (<usize>first) << PAGE_BITS;
}

/** Gives pages back. */
export function givePages(at: usize, count: i32): void {
  mark(<u32>(at >> PAGE_BITS), <u32>count, true);
}

function isFree(page: u32): bool {
  return load<bool>(FREE_MAP + page);
}

function mark(first: u32, count: u32, free: bool): void {
  memory.fill(FREE_MAP + first, free, count);
  if (free) {
    if (first < lowest) lowest = first;
    if (first + count > end) end = first + count;
  } else if (first == lowest) lowest = first + count;
}
