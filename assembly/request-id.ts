// How is a request named? By 16 random bytes, shown to people as 32 hex digits (docs/node-protocol.md).
import {
  ByteWriter,
  bytesToString,
  getCurrentTimeNanoseconds,
  randomBytes,
  Status,
  u64BEAt,
} from "as-proxy-wasm";

/** Clients find it in a refusal, external processors in the metadata of a stream. */
export const REQUEST_ID_HEADER = "x-wallarm-request-id";

export class RequestId {
  constructor(
    readonly high: u64,
    readonly low: u64,
  ) {}

  equals(high: u64, low: u64): bool {
    return this.high == high && this.low == low;
  }

  toString(): string {
    return bytesToString(this.toBytes());
  }

  /** The same in ASCII. */
  toBytes(): ArrayBuffer {
    const digits = new ByteWriter();
    writeHex(digits, this.high);
    writeHex(digits, this.low);
    return digits.toArrayBuffer();
  }
}

function writeHex(out: ByteWriter, value: u64): void {
  for (let shift = 60; shift >= 0; shift -= 4) {
    const digit = u32(value >> u64(shift)) & 15;
    out.writeU8(digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
}

const POOL_BYTES = 1024;

/** Makes ids. Randomness is fetched from the host for 64 ids at a time: a hostcall a request is saved. */
export class RequestIdSource {
  private pool: ArrayBuffer = new ArrayBuffer(POOL_BYTES);
  private used: i32 = POOL_BYTES;
  /** Two policies in one VM may ask in the same nanosecond. */
  private salt: u64 = (<u64>changetype<usize>(this)) << 16;

  next(): RequestId {
    if (this.used == POOL_BYTES) this.refill();
    const high = u64BEAt(this.pool, this.used);
    const low = u64BEAt(this.pool, this.used + 8);
    this.used += 16;
    return new RequestId(high, low);
  }

  private refill(): void {
    this.used = 0;
    if (randomBytes(this.pool, 0, POOL_BYTES) == Status.Ok) return;
    // A host without entropy: ids must still differ from each other, for answers are matched by them.
    const now = getCurrentTimeNanoseconds();
    const pool = new ByteWriter();
    while (pool.length < POOL_BYTES) {
      this.salt++;
      pool.writeU64BE(mix(now ^ (this.salt << 32)) ^ this.salt);
    }
    this.pool = pool.toArrayBuffer();
  }
}

/** The finalizer of SplitMix64: neighbouring inputs give unlike outputs. */
function mix(seed: u64): u64 {
  let z = seed + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
