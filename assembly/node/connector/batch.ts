// What goes to a node in one call that nobody waits for? Messages, each written straight into the call's body, and whose
// they are, as each gets its own verdict. The body is kept until the answer is there: it may have to be sent again.
import { ByteWriter } from "as-proxy-wasm";
import { RequestId } from "../../request-id";
import { Outcome } from "../outcome";
import { Pending } from "../pending";
import { Reply } from "../reply";
import { BatchQueue } from "./batch-queue";

/** What a message has beside its body, mostly. */
const HEAD_BYTES: u32 = 4 * 1024;
const PAGE_BYTES: u32 = 64 * 1024;
/** It is sent as soon as it has so much: the last message mostly fits into one page more. */
const FULL_BYTES: u32 = 4 * PAGE_BYTES - HEAD_BYTES;
/** A message that would make it larger goes alone: a node that takes no such call loses nothing else with it. */
export const MAX_BYTES: u32 = 5 * PAGE_BYTES - HEAD_BYTES;
/** A node has no more time for all of them than for one. The answer too stays far below what is read of it (http-reply.ts). */
const MAX_MESSAGES: u32 = 128;
/** For a message of a response, which gets no verdict. */
export const NO_VERDICT: u32 = u32.MAX_VALUE;

export class Batch extends Pending {
  readonly body: ByteWriter = new ByteWriter();
  next: Batch | null = null;
  count: u32 = 0;
  /** It was sent, and no node can have seen it. */
  wasRefused: bool = false;
  /** Of one of its messages: by it people find the line that tells of a loss. */
  someId!: RequestId;
  /** Of the messages that get a verdict. */
  private ids: RequestId[] = [];
  private parts: u32[] = [];
  private mark: u32 = 0;
  /** Nodes answer in the order in which they are asked: there the search begins. */
  private expected: i32 = 0;

  constructor(private readonly queue: BatchQueue) {
    super();
  }

  get length(): u32 {
    return this.body.length;
  }

  get isFull(): bool {
    return this.length >= FULL_BYTES || this.count == MAX_MESSAGES;
  }

  /** How many of its messages get a verdict. */
  get asked(): u32 {
    return this.ids.length;
  }

  /** Where the next message is to be written; `size` is that of its body. */
  begin(size: u32): ByteWriter {
    const body = this.body;
    if (this.count == 0) {
      body.reserve(PAGE_BYTES);
      body.writeU8(0x90);
    }
    // Behind a message that needs more than a page others of its kind will come.
    const needed = this.length + size + HEAD_BYTES;
    if (needed > PAGE_BYTES)
      body.reserve((this.count == 0 ? needed : max(needed, MAX_BYTES)) - this.length);
    this.mark = this.length;
    return body;
  }

  /** The message is written. False: memory has ended, and it is not in the batch. */
  end(id: RequestId, part: u32): bool {
    if (!this.raiseCount()) {
      this.body.truncate(this.mark);
      return false;
    }
    this.someId = id;
    if (part == NO_VERDICT) return true;
    this.ids.push(id);
    this.parts.push(part);
    return true;
  }

  /** Takes the message that a verdict is for: one that has none yet. -1: there is none. `anyPart`: the verdict tells no part. */
  take(high: u64, low: u64, part: u32, anyPart: bool): bool {
    const count = this.ids.length;
    for (let i = 0; i < count; i++) {
      const at = (this.expected + i) % count;
      const its = unchecked(this.parts[at]);
      if (its == NO_VERDICT || (!anyPart && its != part)) continue;
      if (!unchecked(this.ids[at]).equals(high, low)) continue;
      this.expected = at + 1;
      this.someId = unchecked(this.ids[at]);
      unchecked((this.parts[at] = NO_VERDICT));
      return true;
    }
    return false;
  }

  /** One of those that `take` did not find. */
  untaken(): RequestId {
    for (let i = 0; i < this.ids.length; i++) {
      if (unchecked(this.parts[i]) != NO_VERDICT) return unchecked(this.ids[i]);
    }
    return this.someId;
  }

  /** Empties it for others to come; what a single large message has needed is given back. */
  clear(): void {
    this.body.clear(MAX_BYTES + PAGE_BYTES);
    this.ids.length = 0;
    this.parts.length = 0;
    this.count = 0;
    this.expected = 0;
    this.wasRefused = false;
  }

  /** An array's header takes a byte, from 16 messages on three. */
  private raiseCount(): bool {
    const body = this.body;
    const count = this.count + 1;
    if (count == 16) body.insertGap(1, 2);
    if (body.failed) return false;
    this.count = count;
    if (count < 16) body.setU8(0, 0x90 | count);
    else {
      body.setU8(0, 0xdc);
      body.setU8(1, count >> 8);
      body.setU8(2, count & 0xff);
    }
    return true;
  }
}
