/**
 * Which part of WASI does a proxy-wasm host have? Envoy's subset and answers: no files and no sockets, standard output
 * and error go to the log, everything else is refused by its error number. Types are Envoy's, also where WASI's differ.
 */
import { randomFillSync } from "node:crypto";
import { bytesToUtf8, utf8ToBytes } from "../byte-string.ts";
import type { CallingGuest } from "../calling-guest.ts";
import { hostcall, type HostcallTable } from "../hostcall.ts";

const Errno = {
  SUCCESS: 0,
  BADF: 8,
  FAULT: 21,
  INVAL: 28,
  NOENT: 44,
  NOSYS: 52,
  NOTDIR: 20,
  NOTSUP: 58,
} as const;

const maxRandomBytes = 64 * 1024;

const answer = (errno: number) => (): number => errno;
const isOutput = (fd: number): boolean => fd === 1 || fd === 2;
/** Done for standard output and error, refused for any other file. */
const outputOnly = (_vm: CallingGuest, fd: number): number =>
  isOutput(fd) ? Errno.SUCCESS : Errno.BADF;
const written = (done: boolean): number => (done ? Errno.SUCCESS : Errno.FAULT);

function gather(vm: CallingGuest, vectors: number, count: number): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const pointer = vm.memory.readU32(vectors + i * 8);
    const size = vm.memory.readU32(vectors + i * 8 + 4);
    if (pointer === null || size === null) return null;
    const part = vm.memory.bytes(pointer, size);
    if (part === null && size > 0) return null;
    if (part !== null) parts.push(part);
  }
  return Buffer.concat(parts);
}

/** One log line a call, without its newline: info for standard output, error for standard error. */
function write(
  vm: CallingGuest,
  fd: number,
  vectors: number,
  count: number,
  sizeAt: number,
): number {
  if (!isOutput(fd)) return Errno.BADF;
  const bytes = gather(vm, vectors, count);
  if (bytes === null) return Errno.FAULT;
  if (bytes.length > 0) {
    const end = bytes[bytes.length - 1] === 0x0a ? bytes.length - 1 : bytes.length;
    vm.context().log(fd === 1 ? 2 : 4, bytesToUtf8(bytes.subarray(0, end)));
  }
  return written(vm.memory.writeU32(sizeAt, bytes.length));
}

function environ(vm: CallingGuest): Uint8Array[] {
  return [...vm.embedder.environment].map(([name, value]) => utf8ToBytes(`${name}=${value}\0`));
}

function environGet(vm: CallingGuest, pointersAt: number, stringsAt: number): number {
  let at = stringsAt;
  for (const [i, variable] of environ(vm).entries()) {
    if (!vm.memory.writeU32(pointersAt + i * 4, at)) return Errno.FAULT;
    if (!vm.memory.write(at, variable)) return Errno.FAULT;
    at += variable.length;
  }
  return Errno.SUCCESS;
}

function environSizesGet(vm: CallingGuest, countAt: number, sizeAt: number): number {
  const variables = environ(vm);
  const size = variables.reduce((sum, each) => sum + each.length, 0);
  return written(vm.memory.writeU32(countAt, variables.length) && vm.memory.writeU32(sizeAt, size));
}

function clockTimeGet(vm: CallingGuest, clock: number, _precision: bigint, timeAt: number): number {
  if (clock > 1) return Errno.NOTSUP;
  const context = vm.context();
  const time = clock === 0 ? context.currentTimeNanoseconds() : context.monotonicTimeNanoseconds();
  return written(vm.memory.writeU64(timeAt, time));
}

function randomGet(vm: CallingGuest, pointer: number, size: number): number {
  if (size > maxRandomBytes) return Errno.INVAL;
  const target = vm.memory.bytes(pointer, size);
  if (target === null) return size === 0 ? Errno.SUCCESS : Errno.FAULT;
  randomFillSync(target);
  return Errno.SUCCESS;
}

function fdstatGet(vm: CallingGuest, fd: number, statAt: number): number {
  if (!isOutput(fd)) return Errno.BADF;
  const stat = new Uint8Array(24);
  stat[8] = 64; // may write
  vm.memory.write(statAt, stat);
  return Errno.SUCCESS;
}

const process: HostcallTable = {
  args_get: hostcall("ii>i", answer(Errno.SUCCESS)),
  args_sizes_get: hostcall("ii>i", (vm, countAt: number, sizeAt: number) =>
    written(vm.memory.writeU32(countAt, 0) && vm.memory.writeU32(sizeAt, 0)),
  ),
  environ_get: hostcall("ii>i", environGet),
  environ_sizes_get: hostcall("ii>i", environSizesGet),
  clock_time_get: hostcall("iIi>i", clockTimeGet),
  clock_res_get: hostcall("ii>i", (vm, clock: number, resolutionAt: number) =>
    clock > 1 ? Errno.NOTSUP : written(vm.memory.writeU64(resolutionAt, 1n)),
  ),
  random_get: hostcall("ii>i", randomGet),
  sched_yield: hostcall(">i", answer(Errno.SUCCESS)),
  poll_oneoff: hostcall(
    "iiii>i",
    (vm, _in: number, _out: number, _count: number, countAt: number) =>
      written(vm.memory.writeU32(countAt, 0)),
  ),
  // Does not end anything; what follows it in the guest is a trap.
  proc_exit: hostcall("i>", () => {}),
};

const files: HostcallTable = {
  fd_write: hostcall("iiii>i", write),
  fd_pwrite: hostcall(
    "iiiIi>i",
    (vm, fd: number, vectors: number, count: number, _offset: bigint, sizeAt: number) =>
      write(vm, fd, vectors, count, sizeAt),
  ),
  fd_read: hostcall("iiii>i", answer(Errno.NOSYS)),
  fd_pread: hostcall("iiiIi>i", answer(Errno.NOSYS)),
  fd_seek: hostcall("iIii>i", answer(Errno.SUCCESS)),
  fd_close: hostcall("i>i", answer(Errno.SUCCESS)),
  fd_fdstat_get: hostcall("ii>i", fdstatGet),
  fd_fdstat_set_flags: hostcall("ii>i", answer(Errno.NOSYS)),
  fd_fdstat_set_rights: hostcall("iII>i", outputOnly),
  fd_advise: hostcall("iIIi>i", answer(Errno.SUCCESS)),
  fd_allocate: hostcall("iII>i", outputOnly),
  fd_datasync: hostcall("i>i", outputOnly),
  fd_sync: hostcall("i>i", outputOnly),
  fd_filestat_get: hostcall("ii>i", answer(Errno.BADF)),
  fd_filestat_set_size: hostcall("iI>i", outputOnly),
  fd_filestat_set_times: hostcall("iIIi>i", outputOnly),
  fd_prestat_get: hostcall("ii>i", answer(Errno.BADF)),
  fd_prestat_dir_name: hostcall("iii>i", answer(Errno.NOSYS)),
  fd_readdir: hostcall(
    "iiiIi>i",
    (vm, _fd: number, _buffer: number, _size: number, _cookie: bigint, sizeAt: number) =>
      vm.memory.writeU32(sizeAt, 0) ? Errno.NOTDIR : Errno.FAULT,
  ),
  fd_renumber: hostcall("ii>i", (_vm, from: number, to: number) =>
    isOutput(from) && isOutput(to) ? Errno.NOTSUP : Errno.BADF,
  ),
  fd_tell: hostcall("ii>i", (vm, fd: number, offsetAt: number) =>
    isOutput(fd) ? written(vm.memory.writeU64(offsetAt, 0n)) : Errno.BADF,
  ),
};

const paths: HostcallTable = {
  path_open: hostcall("iiiiiIIii>i", answer(Errno.NOENT)),
  path_create_directory: hostcall("iii>i", answer(Errno.NOTSUP)),
  path_filestat_get: hostcall("iiiii>i", answer(Errno.NOTSUP)),
  path_filestat_set_times: hostcall("iiiiIIi>i", answer(Errno.NOTSUP)),
  path_link: hostcall("iiiiii>i", answer(Errno.NOTSUP)),
  path_readlink: hostcall("iiiiii>i", (vm, ...args: number[]) =>
    vm.memory.writeU32(args[5] ?? 0, 0) ? Errno.NOTSUP : Errno.FAULT,
  ),
  path_remove_directory: hostcall("iii>i", answer(Errno.NOTSUP)),
  path_rename: hostcall("iiiiii>i", answer(Errno.NOTSUP)),
  path_symlink: hostcall("iiii>i", answer(Errno.NOTSUP)),
  path_unlink_file: hostcall("iii>i", answer(Errno.NOTSUP)),
};

const sockets: HostcallTable = {
  sock_accept: hostcall("iii>i", (vm, _fd: number, _flags: number, resultAt: number) =>
    vm.memory.writeU64(resultAt, 0n) ? Errno.NOTSUP : Errno.FAULT,
  ),
  sock_recv: hostcall("iiiiii>i", (vm, ...args: number[]) => {
    const done =
      vm.memory.writeU32(args[4] ?? 0, 0) && vm.memory.write(args[5] ?? 0, new Uint8Array(2));
    return done ? Errno.NOTSUP : Errno.FAULT;
  }),
  sock_send: hostcall("iiiii>i", (vm, ...args: number[]) =>
    vm.memory.writeU32(args[4] ?? 0, 0) ? Errno.NOTSUP : Errno.FAULT,
  ),
  sock_shutdown: hostcall("ii>i", answer(Errno.NOTSUP)),
};

export const wasiCalls: HostcallTable = { ...process, ...files, ...paths, ...sockets };
