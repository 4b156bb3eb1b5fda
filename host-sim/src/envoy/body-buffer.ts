/**
 * How are the bytes of a body held? As the chunks in which they came, never copied together. A buffer may have a limit:
 * above it it says so once, and again when it has been drained to half of it (Envoy's WatermarkBuffer).
 */
import { Status } from "../wasm/abi.ts";
import type { HostBuffer } from "../wasm/host-context.ts";

export interface WatermarkCallbacks {
  onAboveHighWatermark(): void;
  onBelowLowWatermark(): void;
}

export class BodyBuffer implements HostBuffer {
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private above = false;
  private readonly limit: number;
  private readonly callbacks: WatermarkCallbacks | null;

  /** A limit of 0 is none. */
  constructor(limit = 0, callbacks: WatermarkCallbacks | null = null) {
    this.limit = limit;
    this.callbacks = callbacks;
  }

  static of(data: Uint8Array): BodyBuffer {
    const buffer = new BodyBuffer();
    buffer.append(data);
    return buffer;
  }

  get size(): number {
    return this.bytes;
  }

  append(data: Uint8Array): void {
    if (data.length > 0) this.chunks.push(data);
    this.bytes += data.length;
    this.checkHigh();
  }

  prepend(data: Uint8Array): void {
    if (data.length > 0) this.chunks.unshift(data);
    this.bytes += data.length;
    this.checkHigh();
  }

  /** Takes all bytes of `other`. */
  move(other: BodyBuffer): void {
    const moved = other.chunks;
    const size = other.bytes;
    other.chunks = [];
    other.bytes = 0;
    if (this.chunks.length === 0) this.chunks = moved;
    else for (const chunk of moved) this.chunks.push(chunk);
    this.bytes += size;
    this.checkHigh();
    other.checkLow();
  }

  /** All bytes, chunk by chunk; they stay. */
  peek(): readonly Uint8Array[] {
    return [...this.chunks];
  }

  /** Takes all bytes out, chunk by chunk. */
  take(): Uint8Array[] {
    const taken = this.chunks;
    this.chunks = [];
    this.bytes = 0;
    this.checkLow();
    return taken;
  }

  drain(size: number): void {
    let left = Math.min(size, this.bytes);
    this.bytes -= left;
    let whole = 0;
    for (const chunk of this.chunks) {
      if (chunk.length > left) break;
      left -= chunk.length;
      whole++;
    }
    this.chunks.splice(0, whole);
    const first = this.chunks[0];
    if (left > 0 && first !== undefined) this.chunks[0] = first.subarray(left);
    this.checkLow();
  }

  copyOut(start: number, length: number, target: Uint8Array): void {
    let skip = start;
    let at = 0;
    for (const chunk of this.chunks) {
      if (at === length) return;
      if (skip >= chunk.length) {
        skip -= chunk.length;
        continue;
      }
      const part = chunk.subarray(skip, skip + length - at);
      target.set(part, at);
      at += part.length;
      skip = 0;
    }
  }

  /** Start 0 replaces the first `length` bytes, a start behind the end appends; nothing else is possible in Envoy. */
  replace(start: number, length: number, data: Uint8Array): Status {
    if (start === 0) {
      if (length > 0) this.drain(length);
      this.prepend(data);
      return Status.Ok;
    }
    if (start < this.bytes) return Status.BadArgument;
    this.append(data);
    return Status.Ok;
  }

  private checkHigh(): void {
    if (this.limit === 0 || this.above || this.bytes <= this.limit) return;
    this.above = true;
    this.callbacks?.onAboveHighWatermark();
  }

  private checkLow(): void {
    if (!this.above || this.bytes > this.limit / 2) return;
    this.above = false;
    this.callbacks?.onBelowLowWatermark();
  }
}

/** Hands chunks on one by one, the end of the stream with the last of them, or alone. */
export function sendChunks(
  chunks: readonly Uint8Array[],
  endStream: boolean,
  send: (chunk: Uint8Array, endStream: boolean) => void,
): void {
  const last = chunks.length - 1;
  for (const [i, chunk] of chunks.entries()) send(chunk, endStream && i === last);
  if (chunks.length === 0 && endStream) send(new Uint8Array(0), true);
}

/** A buffer of text that a guest may only read; `null` bytes: none, yet not refused. */
export class ConstantBuffer implements HostBuffer {
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  copyOut(start: number, length: number, target: Uint8Array): void {
    target.set(this.bytes.subarray(start, start + length));
  }

  replace(): Status {
    return Status.BadArgument;
  }
}

export const emptyBuffer = new ConstantBuffer(new Uint8Array(0));
