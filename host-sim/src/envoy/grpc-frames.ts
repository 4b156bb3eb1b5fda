/** How do gRPC messages travel in a body? Each behind a flag byte and its size in four bytes, big endian. */

export function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/** Cuts a stream of bytes into messages. */
export class FrameReader {
  private pending: Uint8Array = new Uint8Array(0);

  /** The messages that are complete now; `null`: compressed, which nobody asked for. */
  push(data: Uint8Array): Uint8Array[] | null {
    const all = this.pending.length === 0 ? Buffer.from(data) : Buffer.concat([this.pending, data]);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= 5) {
      if (all[at] !== 0) return null;
      const end = at + 5 + all.readUInt32BE(at + 1);
      if (end > all.length) break;
      messages.push(all.subarray(at + 5, end));
      at = end;
    }
    this.pending = all.subarray(at);
    return messages;
  }
}
