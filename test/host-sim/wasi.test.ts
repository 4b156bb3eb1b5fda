/** Which part of WASI is there, and what do the refused parts answer? As Envoy: errors by number, never a trap. */
import { describe, expect, test } from "vitest";
import { wasiCalls } from "../../host-sim/src/wasm/hostcalls/wasi.ts";
import { callHost, willing } from "./support/guest.ts";

const wasi = (
  name: string,
  args: readonly (number | bigint)[],
  context = willing(),
  environment = new Map<string, string>(),
) => callHost(`wasi_snapshot_preview1.${name}`, wasiCalls[name]!.type, args, context, environment);

describe("WASI", () => {
  test.each([
    ["fd_read", [0, 0, 0, 0], 52],
    ["fd_write", [3, 0, 0, 0], 8],
    ["fd_fdstat_get", [3, 0], 8],
    ["fd_prestat_get", [3, 0], 8],
    ["fd_filestat_get", [1, 0], 8],
    ["path_open", [3, 0, 0, 0, 0, 0n, 0n, 0, 0], 44],
    ["path_filestat_get", [3, 0, 0, 0, 0], 58],
    ["clock_time_get", [2, 0n, 0], 58],
    ["clock_time_get", [0, 0n, 65_532], 21],
    ["random_get", [0, 65_537], 28],
    ["random_get", [65_530, 100], 21],
    ["args_sizes_get", [0, 65_534], 21],
    ["environ_sizes_get", [65_534, 0], 21],
    ["sock_shutdown", [0, 0], 58],
    ["sched_yield", [], 0],
    ["poll_oneoff", [0, 0, 0, 0], 0],
    ["fd_close", [1], 0],
  ])("%s answers an error, or nothing at all (%#)", async (name, args, status) => {
    expect((await wasi(name, args)).status).toBe(status);
  });

  test("proc_exit ends nothing", async () => {
    const { failures, vm } = await wasi("proc_exit", [1]);
    expect([failures, vm.failed]).toEqual([[], false]);
  });

  test("random bytes are written, and no two calls give the same", async () => {
    const first = (await wasi("random_get", [1024, 32])).vm.memory.copy(1024, 32);
    const second = (await wasi("random_get", [1024, 32])).vm.memory.copy(1024, 32);
    expect(first).not.toEqual(new Uint8Array(32));
    expect(first).not.toEqual(second);
  });

  test("the environment is told as NAME=value", async () => {
    const environment = new Map([
      ["A", "1"],
      ["BC", "23"],
    ]);
    const sizes = (await wasi("environ_sizes_get", [0, 4], willing(), environment)).vm;
    expect([sizes.memory.readU32(0), sizes.memory.readU32(4)]).toEqual([2, 10]);
    const { vm } = await wasi("environ_get", [0, 100], willing(), environment);
    expect([vm.memory.readU32(0), vm.memory.readU32(4)]).toEqual([100, 104]);
    expect(vm.memory.latin1(100, 10)).toBe("A=1\0BC=23\0");
  });
});
