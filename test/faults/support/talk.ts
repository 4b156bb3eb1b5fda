/** What can a processor do with one stream? Frames of gRPC as they should be, or any bytes, headers, trailers and resets. */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { replyBytes } from "../../support/ext-proc/codec.ts";
import type { Told } from "../../support/ext-proc/codec.ts";

const GRPC = { "content-type": "application/grpc" };
const FRAME_HEAD = 5;

export class Talk {
  readonly stream: ServerHttp2Stream;
  onMessage: (bytes: Buffer) => void = () => {};
  onEnd: () => void = () => {};
  #buffered = Buffer.alloc(0);
  #trailers: OutgoingHttpHeaders = {};

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
    stream.on("data", (bytes: Buffer) => this.#take(bytes));
    stream.on("end", () => this.onEnd());
    stream.on("error", () => {});
    stream.on("wantTrailers", () => stream.sendTrailers(this.#trailers));
  }

  get hasBegun(): boolean {
    return this.stream.headersSent;
  }

  /** The answer's head, if it is not yet out. */
  begin(headers: OutgoingHttpHeaders = {}): void {
    if (this.stream.headersSent || this.stream.destroyed) return;
    this.stream.respond({ ":status": 200, ...GRPC, ...headers }, { waitForTrailers: true });
  }

  /** Another answer than gRPC's. */
  respond(headers: OutgoingHttpHeaders, body = ""): void {
    if (this.stream.headersSent || this.stream.destroyed) return;
    this.stream.respond(headers, { endStream: body === "" });
    if (body !== "") this.stream.end(body);
  }

  write(bytes: Uint8Array): void {
    this.begin();
    if (this.stream.writable) this.stream.write(bytes);
  }

  message(bytes: Uint8Array, flags = 0): void {
    this.write(frame(bytes, flags));
  }

  reply(message: object): void {
    this.message(replyBytes(message));
  }

  carryOn(told: Told): void {
    this.reply({ [told.kind]: {} });
  }

  async trickle(bytes: Uint8Array, pause: number): Promise<void> {
    for (const byte of bytes) {
      if (this.stream.destroyed) return;
      this.write(Buffer.of(byte));
      await sleep(pause);
    }
  }

  end(status: number | string, more: OutgoingHttpHeaders = {}): void {
    if (this.stream.destroyed || this.stream.writableEnded) return;
    this.#trailers = { "grpc-status": String(status), ...more };
    if (!this.stream.headersSent) {
      this.stream.respond({ ":status": 200, ...GRPC, ...this.#trailers }, { endStream: true });
    } else this.stream.end();
  }

  /** With a code of HTTP/2. */
  reset(code: number): void {
    this.stream.close(code);
  }

  /** Of the whole connection, with a TCP reset. */
  cut(): void {
    const { session } = this.stream;
    session?.destroy();
  }

  #take(bytes: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    while (this.#buffered.length >= FRAME_HEAD) {
      const end = FRAME_HEAD + this.#buffered.readUInt32BE(1);
      if (this.#buffered.length < end) return;
      const message = this.#buffered.subarray(FRAME_HEAD, end);
      this.#buffered = this.#buffered.subarray(end);
      this.onMessage(message);
    }
  }
}

export function frame(bytes: Uint8Array, flags = 0, length = bytes.length): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}
