/**
 * How does the host read and write the linear memory of a guest? Every access is checked: out of bounds is `null` or
 * `false`, never an exception. Views are taken anew after growth, which detaches the old ones.
 */
import { bytesToLatin1 } from "./byte-string.ts";

export class GuestMemory {
  readonly memory: WebAssembly.Memory;
  private u8: Uint8Array;
  private view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.u8 = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
  }

  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /** A view of guest memory, good until the guest runs again. */
  bytes(pointer: number, size: number): Uint8Array | null {
    if (pointer + size > this.size) return null;
    return this.fresh().subarray(pointer, pointer + size);
  }

  copy(pointer: number, size: number): Uint8Array | null {
    return this.bytes(pointer, size)?.slice() ?? null;
  }

  /** Bytes as a string of one char a byte. */
  latin1(pointer: number, size: number): string | null {
    const bytes = this.bytes(pointer, size);
    return bytes === null ? null : bytesToLatin1(bytes);
  }

  write(pointer: number, bytes: Uint8Array): boolean {
    if (pointer + bytes.length > this.size) return false;
    this.fresh().set(bytes, pointer);
    return true;
  }

  readU32(pointer: number): number | null {
    if (pointer + 4 > this.size) return null;
    this.fresh();
    return this.view.getUint32(pointer, true);
  }

  writeU32(pointer: number, value: number): boolean {
    if (pointer + 4 > this.size) return false;
    this.fresh();
    this.view.setUint32(pointer, value, true);
    return true;
  }

  writeU64(pointer: number, value: bigint): boolean {
    if (pointer + 8 > this.size) return false;
    this.fresh();
    this.view.setBigUint64(pointer, BigInt.asUintN(64, value), true);
    return true;
  }

  private fresh(): Uint8Array {
    if (this.u8.buffer !== this.memory.buffer) {
      this.u8 = new Uint8Array(this.memory.buffer);
      this.view = new DataView(this.memory.buffer);
    }
    return this.u8;
  }
}
