/** What is a hostcall to the linker? Its type, the ABI versions that have it, and the function that does the pointer work. */
import type { AbiVersion } from "./abi.ts";
import type { CallingGuest } from "./calling-guest.ts";

export interface Hostcall {
  /** As in module-binary.ts: `"iii>i"`. */
  readonly type: string;
  /** `undefined`: all versions. */
  readonly abi: readonly AbiVersion[] | undefined;
  /** i32 arguments come unsigned, i64 ones as bigint. */
  readonly run: (vm: CallingGuest, ...args: never[]) => number | void;
}

export type HostcallTable = Readonly<Record<string, Hostcall>>;

export function hostcall(
  type: string,
  run: Hostcall["run"],
  abi?: readonly AbiVersion[],
): Hostcall {
  return { type, run, abi };
}
