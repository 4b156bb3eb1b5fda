// How are bodies of all sizes held without waste? In blocks from 1 to 64 KiB, each size at most half as large again as the one before.
// Blocks are cut from a page of one size each; a page whose last block came back is given back whole, so that no size can
// starve another.
//
// page of small blocks: ┌ next ┬ prev ┬ free ┬ used ┬ class ┬ uncut ┬ … 64 ┐┌ block ┐┌ block ┐ …   free blocks link to one another
import { PAGE_SIZE, takePages, givePages } from "../abi/pages";

/** Class of blocks that are whole pages. */
const LARGEST_CLASS: i32 = 11;
/** Of the classes below it: so that a body of 1, 2, 4, 8 or 16 KiB fits into one block with what stands before it. */
const BLOCKS_IN_PAGE: usize = memory.data<u8>([62, 41, 31, 21, 15, 10, 7, 5, 4, 3, 2]);
const PAGE_HEADER: usize = 64;

@unmanaged
class SmallPage {
  next!: SmallPage | null;
  prev!: SmallPage | null;
  free: usize;
  used: u32;
  blockClass: i32;
  /** The next block that was never given out. */
  uncut: usize;
}

/** For each class the first page that has a free block. */
const FIRST: usize = memory.data(4 * 11, 4);

export function blockSize(blockClass: i32): usize {
  if (blockClass >= LARGEST_CLASS) return PAGE_SIZE;
  return ((PAGE_SIZE - PAGE_HEADER) / blocksInPage(blockClass)) & ~15;
}

function blocksInPage(blockClass: i32): u32 {
  return load<u8>(BLOCKS_IN_PAGE + blockClass);
}

/** The smallest class that holds `size` bytes; a smaller one if that is a lot larger; the largest one if none does. */
export function classFor(size: usize): i32 {
  let blockClass = 0;
  while (blockClass < LARGEST_CLASS && blockSize(blockClass) < size) blockClass++;
  const isMuch = blockClass > 0 && blockSize(blockClass) > size + (size >> 1);
  return isMuch ? blockClass - 1 : blockClass;
}

/** A block; 0 if the host gives no more memory. */
export function takeBlock(blockClass: i32): usize {
  if (blockClass >= LARGEST_CLASS) return takePages(1);
  let page = first(blockClass);
  if (page === null) {
    page = beginPage(blockClass);
    if (page === null) return 0;
  }
  let block = page.free;
  if (block != 0) page.free = load<usize>(block);
  else {
    block = page.uncut;
    page.uncut = block + blockSize(blockClass);
  }
  page.used++;
  if (isFull(page)) unlink(page);
  return block;
}

export function giveBlock(block: usize, blockClass: i32): void {
  if (blockClass >= LARGEST_CLASS) return givePages(block, 1);
  const page = changetype<SmallPage>(block & ~(PAGE_SIZE - 1));
  if (isFull(page)) link(page);
  store<usize>(block, page.free);
  page.free = block;
  page.used--;
  if (page.used > 0) return;
  unlink(page);
  givePages(changetype<usize>(page), 1);
}

/** Its blocks are cut off one by one, as they are wanted: mostly that is one only. */
function beginPage(blockClass: i32): SmallPage | null {
  const at = takePages(1);
  if (at == 0) return null;
  const page = changetype<SmallPage>(at);
  page.used = 0;
  page.blockClass = blockClass;
  page.free = 0;
  page.uncut = at + PAGE_HEADER;
  link(page);
  return page;
}

function isFull(page: SmallPage): bool {
  return page.used == blocksInPage(page.blockClass);
}

function first(blockClass: i32): SmallPage | null {
  return changetype<SmallPage | null>(load<usize>(FIRST + ((<usize>blockClass) << 2)));
}

function setFirst(blockClass: i32, page: SmallPage | null): void {
  store<usize>(FIRST + ((<usize>blockClass) << 2), changetype<usize>(page));
}

function link(page: SmallPage): void {
  const next = first(page.blockClass);
  page.next = next;
  page.prev = null;
  if (next !== null) next.prev = page;
  setFirst(page.blockClass, page);
}

function unlink(page: SmallPage): void {
  const next = page.next;
  const prev = page.prev;
  if (next !== null) next.prev = prev;
  if (prev !== null) prev.next = next;
  else setFirst(page.blockClass, next);
}
