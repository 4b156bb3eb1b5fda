/**
 * How do gRPC messages travel in a body? Each behind a byte of flags and its size in four bytes, big endian. Nobody asked
 * for compressed ones (flag 1), and Envoy knows no other flag (Envoy: Grpc::Decoder).
 */

export interface GrpcFrame {
  readonly flags: number;
  readonly data: Uint8Array;
}

const HEAD = 5;

export function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(HEAD + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEAD);
  return framed;
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  private pieces: Uint8Array[] = [];
  private size = 0;
  /** Bytes without which nothing can be cut off: many pieces of a long message are joined once. */
  private wanted = HEAD;

  /** The frames that are complete now; `null`: flags that nobody knows. */
  push(data: Uint8Array): GrpcFrame[] | null {
    this.pieces.push(data);
    this.size += data.length;
    if (this.size < this.wanted) return [];
    const all = Buffer.concat(this.pieces);
    const frames: GrpcFrame[] = [];
    let at = 0;
    this.wanted = HEAD;
    while (all.length - at >= HEAD) {
      const flags = all[at]!;
      if (flags > 1) return null;
      this.wanted = HEAD + all.readUInt32BE(at + 1);
      if (all.length - at < this.wanted) break;
      frames.push({ flags, data: all.subarray(at + HEAD, at + this.wanted) });
      at += this.wanted;
      this.wanted = HEAD;
    }
    this.pieces = [all.subarray(at)];
    this.size = all.length - at;
    return frames;
  }
}
