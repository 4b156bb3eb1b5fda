// How is a body held while it waits? In a chain of blocks, each filled by the host itself, so that no byte is copied inside
// the module before the body is used, and no room is taken for bytes that were only announced.
//
// block: ┌ next u32 ┬ used u32 ┬ class u32 ┬ – ┐ bytes …
import { BufferType, Status } from "../abi/types";
import { releaseOnFree } from "../abi/finalize";
import { lastStatus, seen } from "../abi/status";
import { readBufferTo, writeBufferFrom } from "../hostcalls/buffers";
import { ByteWriter } from "./byte-writer";
import { PAGE_SIZE } from "../abi/pages";
import { blockSize, classFor, giveBlock, takeBlock } from "./blocks";

@unmanaged
class Block {
  next!: Block | null;
  used: u32;
  blockClass: i32;
  unused: u32;
}

const HEADER: u32 = 16;
const ROOM_BEHIND: u32 = 64;
/** From here on bytes are filled into whole pages, without a gap. */
const LARGE: u32 = 256 * 1024;

let finalized: bool = false;

/**
 * Bytes held in blocks: at most one block more than `length`. Call `clear` when they are no longer needed, in `onDelete` at
 * the latest: it frees them at once. What nobody cleared is freed when the collector finds the object dead.
 */
@final
export class HeldBytes {
  private first: Block | null = null;
  private tail: Block | null = null;
  private size: u32 = 0;
  /** Bytes at the front of the first block that were dropped. */
  private dropped: u32 = 0;

  constructor() {
    if (!finalized) releaseOnFree(idof<HeldBytes>(), freed);
    finalized = true;
  }

  get length(): u32 {
    return this.size;
  }

  /**
   * Appends a part of a buffer of the host. Fewer bytes than asked for are no error: look at `length`. On a failure
   * what was appended before it stays. InternalFailure: the host gives this module no more memory.
   */
  appendFromHost(type: BufferType, start: u32, length: u32): Status {
    let done: u32 = 0;
    while (done < length) {
      const tail = this.roomFor(length - done);
      if (tail === null) return <Status>seen(Status.InternalFailure);
      const most = min(length - done, roomIn(tail));
      const got = readBufferTo(type, start + done, most, endOf(tail));
      if (got < 0) return this.failed();
      this.added(tail, got);
      done += got;
      if (<u32>got < most) break;
    }
    return Status.Ok;
  }

  /** Appends `length` bytes of `bytes` from `offset` on; what lies outside of `bytes` is left out. */
  append(bytes: ArrayBuffer, offset: u32 = 0, length: u32 = u32.MAX_VALUE): Status {
    const size = <u32>bytes.byteLength;
    let from = min(offset, size);
    let left = min(length, size - from);
    while (left > 0) {
      const tail = this.roomFor(left);
      if (tail === null) return <Status>seen(Status.InternalFailure);
      const count = min(left, roomIn(tail));
      memory.copy(endOf(tail), changetype<usize>(bytes) + from, count);
      this.added(tail, count);
      from += count;
      left -= count;
    }
    return Status.Ok;
  }

  writeTo(writer: ByteWriter): void {
    this.writeRangeTo(writer, 0, this.size);
  }

  /** Writes `length` bytes from `start` on; what lies outside is left out. */
  writeRangeTo(writer: ByteWriter, start: u32, length: u32): void {
    if (start >= this.size) return;
    let skip = start + this.dropped;
    let left = min(length, this.size - start);
    // At once, with some room for what comes behind it: growing step by step would copy it, and leave holes.
    writer.reserve(left + ROOM_BEHIND);
    let block = this.first;
    while (block !== null && left > 0) {
      if (skip < block.used) {
        const count = min(left, block.used - skip);
        writer.writeFrom(changetype<usize>(block) + HEADER + skip, count);
        left -= count;
        skip = 0;
      } else {
        skip -= block.used;
      }
      block = block.next;
    }
  }

  /**
   * Puts `length` bytes from `start` on before what a buffer of the host holds, block by block and the last first: the host
   * copies each once, and nothing is joined here. The bytes stay here too. On a failure some of them may have been put there.
   */
  prependRangeToHost(type: BufferType, start: u32, length: u32): Status {
    if (start >= this.size) return Status.Ok;
    let skip = start + this.dropped;
    let left = min(length, this.size - start);
    // The chain is linked one way only. One of 8 MiB has some 130 blocks.
    const pieces = new Array<usize>();
    let block = this.first;
    while (block !== null && left > 0) {
      if (skip < block.used) {
        const count = min(left, block.used - skip);
        pieces.push(contentOf(block) + skip);
        pieces.push(count);
        left -= count;
        skip = 0;
      } else skip -= block.used;
      block = block.next;
    }
    for (let i = pieces.length - 2; i >= 0; i -= 2) {
      const status = writeBufferFrom(type, 0, unchecked(pieces[i]), u32(unchecked(pieces[i + 1])));
      if (status != Status.Ok) return status;
    }
    return Status.Ok;
  }

  /** Appends `length` bytes from `start` on to a buffer of the host; what lies outside is left out. The bytes stay here too. */
  appendToHost(type: BufferType, start: u32, length: u32): Status {
    if (start >= this.size) return Status.Ok;
    let skip = start + this.dropped;
    let left = min(length, this.size - start);
    let block = this.first;
    while (block !== null && left > 0) {
      if (skip < block.used) {
        const count = min(left, block.used - skip);
        const status = writeBufferFrom(type, u32.MAX_VALUE, contentOf(block) + skip, count);
        if (status != Status.Ok) return status;
        left -= count;
        skip = 0;
      } else skip -= block.used;
      block = block.next;
    }
    return Status.Ok;
  }

  /** Frees all bytes at once. The object can be used again. */
  clear(): void {
    let block = this.first;
    while (block !== null) {
      const next = block.next;
      giveBlock(changetype<usize>(block), block.blockClass);
      block = next;
    }
    this.first = null;
    this.tail = null;
    this.size = 0;
    this.dropped = 0;
  }

  /** Frees the first `length` bytes, or all if there are fewer. */
  dropFront(length: u32): void {
    if (length >= this.size) {
      this.clear();
      return;
    }
    this.size -= length;
    let left = length + this.dropped;
    let block = this.first!;
    while (left >= block.used) {
      left -= block.used;
      const next = block.next!;
      giveBlock(changetype<usize>(block), block.blockClass);
      block = next;
    }
    this.first = block;
    this.dropped = left;
  }

  /** Hands all bytes over to another; nothing is copied. */
  takeAll(): HeldBytes {
    const taken = new HeldBytes();
    taken.first = this.first;
    taken.tail = this.tail;
    taken.size = this.size;
    taken.dropped = this.dropped;
    this.first = null;
    this.clear();
    return taken;
  }

  private added(block: Block, count: u32): void {
    block.used += count;
    this.size += count;
  }

  /** The tail block, or a new one if that is as good as full; null if memory ended. */
  private roomFor(coming: u32): Block | null {
    const tail = this.tail;
    const isLarge = this.size >= LARGE;
    if (tail !== null) {
      const rest = roomIn(tail);
      // A third may stay empty, so that what comes is written in one piece: each hostcall costs the host more than these bytes.
      if (rest >= coming || rest > (isLarge ? 0 : tail.used / 2)) return tail;
    }
    const blockClass = classFor(isLarge ? PAGE_SIZE : coming + HEADER);
    const block = changetype<Block | null>(takeBlock(blockClass));
    if (block === null) return null;
    block.next = null;
    block.used = 0;
    block.blockClass = blockClass;
    if (tail !== null) tail.next = block;
    else this.first = block;
    this.tail = block;
    return block;
  }

  /** Bytes that never came hold no block: a tail that is still empty serves the next append, a chain of none is freed. */
  private failed(): Status {
    const status = lastStatus();
    if (this.size == 0) this.clear();
    return status;
  }
}

function roomIn(block: Block): u32 {
  return <u32>blockSize(block.blockClass) - HEADER - block.used;
}

function contentOf(block: Block): usize {
  return changetype<usize>(block) + HEADER;
}

function endOf(block: Block): usize {
  return contentOf(block) + block.used;
}

function freed(address: usize): void {
  changetype<HeldBytes>(address).clear();
}
