/**
 * How does a peer serve gRPC streams for less than the gateway pays to open them? Frames of HTTP/2 on raw sockets (RFC 9113):
 * headers that come are not read, those that go are ready bytes, windows are opened as wide as they go.
 */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** One message of a stream; a whole gRPC message to send back, or nothing. */
export type MessageAnswer = (message: Buffer) => Buffer | undefined;

const PREFACE_LENGTH = 24;
const FRAME_HEAD = 9;
const Type = { Data: 0, Headers: 1, Reset: 3, Settings: 4, Ping: 6, WindowUpdate: 8 } as const;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PADDED = 8;
const WIDEST = 0x7fff_ffff;
/** Bytes after which the connection's window is opened again. */
const REFILL = 64 * 1024 * 1024;

/** HPACK: `:status: 200` (static 8); `content-type: application/grpc` and `grpc-status: 0`, never indexed. */
const RESPONSE_HEADERS = Buffer.concat([
  Buffer.from([0x88, 0x1f, 0x10, 16]),
  Buffer.from("application/grpc"),
]);
const RESPONSE_TRAILERS = Buffer.concat([
  Buffer.from([0x10, 11]),
  Buffer.from("grpc-status"),
  Buffer.from([1]),
  Buffer.from("0"),
]);

export function serveGrpc(answer: MessageAnswer, onStream: (headBytes: number) => void): Server {
  return createServer((socket) => {
    const connection = new Http2Connection(socket, answer, onStream);
    socket.setNoDelay(true);
    socket.on("data", (chunk) => connection.take(chunk));
    socket.on("error", () => socket.destroy());
  });
}

interface Stream {
  rest: Buffer | undefined;
  hasAnswered: boolean;
}

class Http2Connection {
  readonly #socket: Socket;
  readonly #answer: MessageAnswer;
  readonly #onStream: (headBytes: number) => void;
  readonly #streams = new Map<number, Stream>();
  #rest: Buffer | undefined;
  #greeted = false;
  #taken = 0;
  #out: Buffer[] = [];

  constructor(socket: Socket, answer: MessageAnswer, onStream: (headBytes: number) => void) {
    this.#socket = socket;
    this.#answer = answer;
    this.#onStream = onStream;
  }

  take(chunk: Buffer): void {
    let data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#greeted && data.length >= PREFACE_LENGTH) {
      data = data.subarray(PREFACE_LENGTH);
      this.#greet();
    }
    while (this.#greeted && data.length >= FRAME_HEAD) {
      const end = FRAME_HEAD + data.readUIntBE(0, 3);
      if (data.length < end) break;
      this.#frame(data[3]!, data[4]!, data.readUInt32BE(5), data.subarray(FRAME_HEAD, end));
      data = data.subarray(end);
    }
    this.#rest = data.length > 0 ? data : undefined;
    if (this.#out.length > 0) this.#socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  /** INITIAL_WINDOW_SIZE and MAX_CONCURRENT_STREAMS of our settings, then the connection's window. */
  #greet(): void {
    this.#greeted = true;
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(4, 0);
    settings.writeUInt32BE(WIDEST, 2);
    settings.writeUInt16BE(3, 6);
    settings.writeUInt32BE(1_000_000, 8);
    this.#send(Type.Settings, 0, 0, settings);
    this.#widen(WIDEST - 65_535);
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === Type.Headers) {
      this.#streams.set(id, { rest: undefined, hasAnswered: false });
      this.#onStream(payload.length);
    } else if (type === Type.Data) this.#data(id, flags, payload);
    else if (type === Type.Reset) this.#streams.delete(id);
    else if (type === Type.Settings && (flags & ACK) === 0) this.#send(Type.Settings, ACK, 0);
    else if (type === Type.Ping && (flags & ACK) === 0) this.#send(Type.Ping, ACK, 0, payload);
    const ends = type === Type.Headers || type === Type.Data;
    if (ends && (flags & END_STREAM) !== 0) this.#end(id);
  }

  #data(id: number, flags: number, payload: Buffer): void {
    if ((flags & PADDED) !== 0) throw new Error("padded frames are not spoken here");
    this.#taken += payload.length;
    if (this.#taken >= REFILL) {
      this.#widen(this.#taken);
      this.#taken = 0;
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    let data = stream.rest === undefined ? payload : Buffer.concat([stream.rest, payload]);
    while (data.length >= 5 && data.length >= 5 + data.readUInt32BE(1)) {
      const end = 5 + data.readUInt32BE(1);
      const answer = this.#answer(data.subarray(5, end));
      if (answer !== undefined) this.#reply(id, stream, answer);
      data = data.subarray(end);
    }
    stream.rest = data.length > 0 ? data : undefined;
  }

  #reply(id: number, stream: Stream, answer: Buffer): void {
    if (!stream.hasAnswered) this.#send(Type.Headers, END_HEADERS, id, RESPONSE_HEADERS);
    stream.hasAnswered = true;
    this.#send(Type.Data, 0, id, answer);
  }

  #end(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    if (!stream.hasAnswered) this.#send(Type.Headers, END_HEADERS, id, RESPONSE_HEADERS);
    this.#send(Type.Headers, END_HEADERS | END_STREAM, id, RESPONSE_TRAILERS);
  }

  #widen(bytes: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    this.#send(Type.WindowUpdate, 0, 0, payload);
  }

  #send(type: number, flags: number, id: number, payload?: Buffer): void {
    const head = Buffer.allocUnsafe(FRAME_HEAD);
    head.writeUIntBE(payload?.length ?? 0, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(id, 5);
    this.#out.push(head);
    if (payload !== undefined) this.#out.push(payload);
  }
}
