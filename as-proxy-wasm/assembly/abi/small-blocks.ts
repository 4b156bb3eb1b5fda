// How is room for small objects found and given back in a few instructions? AssemblyScript's allocator (TLSF) joins a freed block
// with its neighbours and splits it again for the next object, which was a third of the work for a request. Here freed
// blocks of up to LARGEST bytes wait in a list for each size, and go out again as they are.
//
// `asconfig.json` puts these functions in the place of the runtime's (`"use": ["__alloc=…", "__free=…"]`). Blocks are TLSF's own,
// with its header; it takes a block in a list for one in use. Now and then all go back to it (quiet-collection.ts).
//
// block: size and flags u32 ┬ (address given out) next free block u32 …
import { __alloc as allocateAnew, __free as giveBack } from "rt/tlsf";

/** Of a block without its header. Sizes are 12, 28, 44 …: with the header a multiple of 16 (std/assembly/rt/tlsf.ts). */
const LARGEST: usize = 508;
const HEADER: usize = 4;
const SIZE_BITS: usize = 4;
const FLAGS: usize = 3;

/** Addresses of the first free block of each size, 0 if there is none. */
const LIST_COUNT: i32 = 33;
const LISTS: usize = memory.data(4 * 33, 4);

export function allocate(size: usize): usize {
  if (size > LARGEST) return allocateAnew(size);
  const list = LISTS + (((size + HEADER + 15) >> SIZE_BITS) << 2);
  const block = load<usize>(list);
  if (block == 0) return allocateAnew(size);
  store<usize>(list, load<usize>(block));
  return block;
}

export function free(block: usize): void {
  const size = load<usize>(block - HEADER) & ~FLAGS;
  if (size > LARGEST || block < __heap_base) {
    giveBack(block);
    return;
  }
  const list = LISTS + (((size + HEADER) >> SIZE_BITS) << 2);
  store<usize>(block, load<usize>(list));
  store<usize>(list, block);
}

/** The list from which blocks are given back; LIST_COUNT: from none. */
let giving: i32 = LIST_COUNT;

/** Lets TLSF join what is free, beginning with the next `giveBackSome`. */
export function beginGivingBack(): void {
  giving = 0;
}

/** Gives back at most `most` blocks, so that it is no long pause. */
export function giveBackSome(most: i32): void {
  while (giving < LIST_COUNT) {
    const list = LISTS + ((<usize>giving) << 2);
    let block = load<usize>(list);
    while (block != 0 && most-- > 0) {
      const next = load<usize>(block);
      giveBack(block);
      block = next;
    }
    store<usize>(list, block);
    if (block != 0) return;
    giving++;
  }
}
