/** An allocator for small objects; `asconfig.json` puts it in the place of the runtime's. See its README. */
export { allocate, free } from "./assembly/abi/small-blocks";
