// When is garbage collected under the runtime `minimal`, which never does it by itself? Between two callbacks: then no
// reference is on the wasm stack, so that everything that lives is reachable from globals. The runtime `incremental` needs
// none of this, but keeps a shadow stack, at the cost of size and speed; `stub` never frees.

/** Callbacks, and bytes that the host wrote, after which it is worth the while. */
const DUE_AFTER_CALLBACKS: u32 = 2048;
const DUE_AFTER_BYTES: usize = 1 << 20;

/** Value of ASC_RUNTIME (0 stub, 1 minimal, 2 incremental). */
const MINIMAL: i32 = 1;

let callbacks: u32 = 0;
let bytes: usize = 0;
let pages: i32 = 0;

/** Tells that the host was given room for `size` bytes, which will be garbage soon. */
export function noteHostBytes(size: usize): void {
  if (ASC_RUNTIME == MINIMAL) bytes += size;
}

/** To be called when the outermost callback ends. */
export function collectIfDue(): void {
  if (ASC_RUNTIME != MINIMAL) return;
  callbacks++;
  // Grown memory tells of garbage that the module itself has made.
  const hasGrown = memory.size() > pages;
  if (callbacks < DUE_AFTER_CALLBACKS && bytes < DUE_AFTER_BYTES && !hasGrown) return;
  callbacks = 0;
  bytes = 0;
  pages = memory.size();
  __collect();
}
