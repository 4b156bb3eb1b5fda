// How does the policy get a callback of its own as soon as the running one is over? By a shared queue that only this root
// context knows: what is put into it is announced in the gateway's next turn, while ticks are 100 ms apart.
import {
  dequeueSharedQueue,
  enqueueSharedQueue,
  randomBytes,
  registerSharedQueue,
  Status,
  u64BEAt,
} from "as-proxy-wasm";

const NAME_BYTES: i32 = 16;
const ITEM = new ArrayBuffer(1);

export class Wake {
  /** -1: not registered yet. */
  private queue: i64 = -1;
  private isRung: bool = false;

  /** Registers the queue on first use. False: the host has none; ticks have to do. */
  ring(): bool {
    if (this.isRung) return true;
    if (this.queue < 0) this.queue = registerSharedQueue(uniqueName());
    if (this.queue < 0) return false;
    this.isRung = enqueueSharedQueue(u32(this.queue), ITEM) == Status.Ok;
    return this.isRung;
  }

  /** True: it was our ring. */
  takeRing(queueId: u32): bool {
    if (i64(queueId) != this.queue) return false;
    this.isRung = false;
    dequeueSharedQueue(queueId);
    return true;
  }
}

/** VMs of one name share their queues: each needs one that no other has. */
function uniqueName(): string {
  const bytes = new ArrayBuffer(NAME_BYTES);
  randomBytes(bytes, 0, NAME_BYTES);
  let name = "wallarm-wake-";
  for (let i = 0; i < NAME_BYTES; i += 8) name += u64BEAt(bytes, i).toString(16);
  return name;
}
