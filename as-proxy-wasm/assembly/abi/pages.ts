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
const HEADROOM: i32 = 16;

let freePages: i32 = 0;
let lowest: u32 = 65536;
let end: u32 = 0;

/** Bytes of all pages that are given back and wait for use. */
export function freePageBytes(): usize {
  return (<usize>freePages) << PAGE_BITS;
}

/** Room of `count` pages in one piece; 0 if the host gives no more memory. */
export function takePages(count: i32): usize {
  const found = count <= freePages ? findRun(<u32>count) : 0;
  if (found != 0) {
    mark(found, <u32>count, false);
    return (<usize>found) << PAGE_BITS;
  }
  // AssemblyScript's allocator takes all memory that is there when it is first used: it has to be before the first growth.
  if (end == 0) heap.free(heap.alloc(1));
  const before = memory.grow(count + HEADROOM);
  if (before < 0) return 0;
  mark(<u32>(before + count), HEADROOM, true);
  return (<usize>before) << PAGE_BITS;
}

/** Gives pages back. */
export function givePages(at: usize, count: i32): void {
  mark(<u32>(at >> PAGE_BITS), <u32>count, true);
}

function findRun(count: u32): u32 {
  while (lowest < end && !isFree(lowest)) lowest++;
  let run: u32 = 0;
  for (let page = lowest; page < end; page++) {
    run = isFree(page) ? run + 1 : 0;
    if (run == count) return page + 1 - count;
  }
  return 0;
}

function isFree(page: u32): bool {
  return load<bool>(FREE_MAP + page);
}

function mark(first: u32, count: u32, free: bool): void {
  memory.fill(FREE_MAP + first, free, count);
  if (free) {
    freePages += <i32>count;
    if (first < lowest) lowest = first;
    if (first + count > end) end = first + count;
  } else {
    freePages -= <i32>count;
    if (first == lowest) lowest = first + count;
  }
}
