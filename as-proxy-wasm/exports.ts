// What does the host call? A module re-exports from here the callbacks that it needs; the rest is shaken out:
//   export { proxy_abi_version_0_2_1, proxy_on_memory_allocate, … } from "as-proxy-wasm/exports";
// The first two, proxy_on_context_create and proxy_on_delete are always needed. Names: proxy-wasm ABI v0.2.1.
export * from "./assembly/abi/exports";
