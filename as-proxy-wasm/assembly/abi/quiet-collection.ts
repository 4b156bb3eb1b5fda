// When is garbage collected under the runtime `minimal`, which never does it by itself? Between two callbacks: then no
// reference is on the wasm stack, so that everything that lives is reachable from globals. The runtime `incremental` needs
// none of this, but keeps a shadow stack, at the cost of size and speed; `stub` never frees.
import { beginGivingBack, giveBackSome } from "./small-blocks";

/**
 * Callbacks, and bytes that the host wrote, after which it is worth the while. Few, so that no collection is a pause of a
 * millisecond; but what lives is looked through each time, so that the more streams there are the more callbacks it takes.
 */
const DUE_AFTER_CALLBACKS: u32 = 192;
const CALLBACKS_A_STREAM: u32 = 8;
const DUE_AFTER_BYTES: usize = 1 << 20;

/** Collections after which blocks kept for small objects go back: else they would cut the room for large ones to pieces. */
const GIVE_BACK_AFTER: u32 = 16;

/** Blocks that are given back after one collection: some 500 instructions each. */
const BLOCKS_AT_ONCE: i32 = 1024;

/** Value of ASC_RUNTIME (0 stub, 1 minimal, 2 incremental). */
const MINIMAL: i32 = 1;

let callbacks: u32 = 0;
let dueAfter: u32 = DUE_AFTER_CALLBACKS;
let bytes: usize = 0;
let pages: i32 = 0;
let collections: u32 = 0;

/** Tells that the host was given room for `size` bytes, which will be garbage soon. */
export function noteHostBytes(size: usize): void {
  if (ASC_RUNTIME == MINIMAL) bytes += size;
}

/** Tells how many streams there are. */
export function noteStreams(count: u32): void {
  dueAfter = max(DUE_AFTER_CALLBACKS, count * CALLBACKS_A_STREAM);
}

/** What a configuration was read from is garbage: better collected now than in the midst of requests. */
export function noteConfigured(): void {
  callbacks = dueAfter;
}

/** To be called when the outermost callback ends. */
export function collectIfDue(): void {
  if (ASC_RUNTIME != MINIMAL) return;
  callbacks++;
  // Grown memory tells of garbage that the module itself has made.
  const hasGrown = memory.size() > pages;
  if (callbacks < dueAfter && bytes < DUE_AFTER_BYTES && !hasGrown) return;
  callbacks = 0;
  bytes = 0;
  pages = memory.size();
  __collect();
  collections++;
  if (hasGrown || collections % GIVE_BACK_AFTER == 0) beginGivingBack();
  giveBackSome(BLOCKS_AT_ONCE);
}
