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

/** Lets TLSF join what is free. */
export function giveBackAll(): void {
  for (let i = 0; i < LIST_COUNT; i++) {
    const list = LISTS + ((<usize>i) << 2);
    let block = load<usize>(list);
    store<usize>(list, 0);
    while (block != 0) {
      const next = load<usize>(block);
      giveBack(block);
      block = next;
    }
  }
}
