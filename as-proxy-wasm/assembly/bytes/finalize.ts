// Who frees room outside of the collector's reach, when its owner died without `clear`? The collector tells of each object
// that it frees; writers and held bytes give their room back then. See `__finalize` in abi/imports.ts.
import { ByteWriter } from "./byte-writer";
import { HeldBytes } from "./held-bytes";

/** Where an object's header tells its class: AssemblyScript, std/assembly/rt/common.ts, `OBJECT.rtId`. */
const CLASS_ID: usize = 8;

/** The collector is about to free the object at `address`. */
export function onObjectFreed(address: usize): void {
  const classId = load<u32>(address - CLASS_ID);
  if (classId == idof<HeldBytes>()) changetype<HeldBytes>(address).clear();
  else if (classId == idof<ByteWriter>()) changetype<ByteWriter>(address).release();
}
