// Who frees room outside of the collector's reach when its owner died without being cleared? The collector tells of each
// object that it frees (`__finalize` in imports.ts); classes that own such room have put their names down here.
// A list of functions, so that a module that uses no such class does not carry their code.

type Release = (address: usize) => void;

class Finalizer {
  constructor(
    readonly classId: u32,
    readonly release: Release,
    readonly next: Finalizer | null,
  ) {}
}

/** Where an object's header tells its class: AssemblyScript, std/assembly/rt/common.ts, `OBJECT.rtId`. */
const CLASS_ID: usize = 8;

let first: Finalizer | null = null;

/** From now on `release` is called for each object of this class that the collector frees. It must not allocate. */
export function releaseOnFree(classId: u32, release: Release): void {
  first = new Finalizer(classId, release, first);
}

/** The collector is about to free the object at `address`. */
export function onObjectFreed(address: usize): void {
  let finalizer = first;
  if (finalizer === null) return;
  const classId = load<u32>(address - CLASS_ID);
  while (finalizer !== null) {
    if (finalizer.classId == classId) finalizer.release(address);
    finalizer = finalizer.next;
  }
}
