// What do all workers know together of one node? Whether it is dead, and who asks it. Kept in the host's shared data under the
// cluster's name, so that policies that ask the same node share it too.
//
// value: ┌ owner u32 ┬ beat u32 ┬ dead u32 ┐, big endian
import { ByteWriter, getSharedData, setSharedData, Status, u32BEAt } from "as-proxy-wasm";
import { Evidence } from "./evidence";

const SIZE: i32 = 12;

export abstract class SharedHealth extends Evidence {
  /** Whoever asks; 0: nobody. */
  protected owner: u32 = 0;
  /** Goes up with each write: an owner whose beat stands still is gone. No clock tells that, for clocks are set back. */
  protected sharedBeat: u32 = 0;
  protected isSharedDead: bool = false;
  private cas: u32 = 0;
  private readonly key: string;

  constructor(cluster: string) {
    super();
    this.key = "wallarm-node:" + cluster;
  }

  /** What is not there, or can't be had, leaves what was known. */
  protected read(): void {
    const data = getSharedData(this.key);
    if (data === null || data.value.byteLength != SIZE) return;
    this.cas = data.cas;
    this.owner = u32BEAt(data.value, 0);
    this.sharedBeat = u32BEAt(data.value, 4);
    this.isSharedDead = u32BEAt(data.value, 8) != 0;
  }

  /** False: somebody else has written since `read`. A host without shared data has one worker less to agree with. */
  protected write(owner: u32, isDead: bool): bool {
    const value = new ByteWriter();
    value.writeU32BE(owner);
    value.writeU32BE(this.sharedBeat + 1);
    value.writeU32BE(isDead);
    if (setSharedData(this.key, value.toArrayBuffer(), this.cas) == Status.CasMismatch)
      return false;
    this.owner = owner;
    this.sharedBeat++;
    this.isSharedDead = isDead;
    return true;
  }
}
