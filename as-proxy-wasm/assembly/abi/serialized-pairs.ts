// How do headers, trailers and metadata get to the host? As serialized pairs, written once and used again until they change.
// Layout: see pairs.ts.
import { encodeUtf8 } from "../bytes/utf8";

/** A list of pairs, in order, repeats allowed. Keep and reuse one where its pairs are always the same. */
@final
export class SerializedPairs {
  private parts: ArrayBuffer[] = [];
  private serialized: ArrayBuffer | null = null;

  get count(): i32 {
    return this.parts.length >> 1;
  }

  add(name: string, value: string): SerializedPairs {
    return this.addBytes(encodeUtf8(name), encodeUtf8(value));
  }

  addBytes(name: ArrayBuffer, value: ArrayBuffer): SerializedPairs {
    this.parts.push(name);
    this.parts.push(value);
    this.serialized = null;
    return this;
  }

  /** Another value for the pair at `i`, counted in the order of adding; a pair that is not there is left alone. */
  set(i: i32, value: string): SerializedPairs {
    return this.setBytes(i, encodeUtf8(value));
  }

  setBytes(i: i32, value: ArrayBuffer): SerializedPairs {
    if (<u32>i >= <u32>this.count) return this;
    unchecked((this.parts[i * 2 + 1] = value));
    this.serialized = null;
    return this;
  }

  /** The bytes that the host reads. */
  bytes(): ArrayBuffer {
    const kept = this.serialized;
    if (kept !== null) return kept;
    const fresh = this.serialize();
    this.serialized = fresh;
    return fresh;
  }

  private serialize(): ArrayBuffer {
    const parts = this.parts;
    let size = 4 + 4 * parts.length;
    for (let i = 0; i < parts.length; i++) size += unchecked(parts[i]).byteLength + 1;
    const bytes = new ArrayBuffer(size);
    const at = changetype<usize>(bytes);
    store<u32>(at, this.count);
    let to = at + 4 + 4 * parts.length;
    for (let i = 0; i < parts.length; i++) {
      const length = unchecked(parts[i]).byteLength;
      store<u32>(at + 4 + 4 * i, length);
      memory.copy(to, changetype<usize>(unchecked(parts[i])), length);
      to += length + 1;
    }
    return bytes;
  }
}
