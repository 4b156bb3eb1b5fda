// What do all workers know together of one node? Whether it is dead, who asks it, and when it last answered one of them. Kept in
// the host's shared data under the cluster's name, so that policies that ask the same node share it too.
//
// wallarm-node:<cluster>    ┌ owner u32 ┬ beat u32 ┬ dead u32 ┐, big endian
// wallarm-answer:<cluster>  ┌ nanoseconds since the epoch, u64 ┐, the same
import {
  ByteWriter,
  getCurrentTimeNanoseconds,
  getSharedData,
  setSharedData,
  Status,
  u32BEAt,
  u64BEAt,
} from "as-proxy-wasm";
import { Evidence } from "./evidence";

const SIZE: i32 = 12;
/** It is told once a second. */
const RECENT_NANOSECONDS: u64 = 3_000_000_000;

export abstract class SharedHealth extends Evidence {
  /** Whoever asks; 0: nobody. */
  protected owner: u32 = 0;
  /** Goes up with each write: an owner whose beat stands still is gone. No clock tells that, for clocks are set back. */
  protected sharedBeat: u32 = 0;
  protected isSharedDead: bool = false;
  private cas: u32 = 0;
  private readonly key: string;
  private readonly answerKey: string;

  constructor(cluster: string) {
    super();
    this.key = "wallarm-node:" + cluster;
    this.answerKey = "wallarm-answer:" + cluster;
  }

  /** It has answered this worker. */
  protected tellAnswer(): void {
    const value = new ByteWriter();
    value.writeU64BE(getCurrentTimeNanoseconds());
    setSharedData(this.answerKey, value.toArrayBuffer(), 0);
  }

  /** It has answered some worker lately. By a clock that was set, either way, it has not. */
  get hasAnsweredOthers(): bool {
    const data = getSharedData(this.answerKey);
    if (data === null || data.value.byteLength != 8) return false;
    return getCurrentTimeNanoseconds() - u64BEAt(data.value, 0) < RECENT_NANOSECONDS;
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
