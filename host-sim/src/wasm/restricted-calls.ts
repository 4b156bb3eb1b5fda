/**
 * Which hostcalls may a guest make while it initializes, and while it allocates for the host? Envoy traps on all others
 * (cpp-host: setRestrictedCallback), since no root context exists yet, or the host is in the middle of a hostcall.
 */
import { wasiCalls } from "./hostcalls/wasi.ts";

const notInStart = new Set([
  "fd_read",
  "fd_seek",
  "fd_close",
  "path_open",
  "sched_yield",
  "proc_exit",
]);

const wasi = (names: readonly string[]): string[] =>
  names.flatMap((name) => [`wasi_unstable.${name}`, `wasi_snapshot_preview1.${name}`]);

export const allowedInStart: ReadonlySet<string> = new Set([
  "env.emscripten_notify_memory_growth",
  "env.proxy_log",
  ...wasi(Object.keys(wasiCalls).filter((name) => !notInStart.has(name))),
]);

export const allowedInAllocation: ReadonlySet<string> = new Set([
  "env.proxy_log",
  ...wasi(["fd_write", "clock_time_get", "poll_oneoff"]),
]);
