/** How does a client speak HTTP/2 that no library would speak? Frames by hand, header blocks without compression. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Target } from "../../support/client.ts";
import { within } from "../../support/deadline.ts";

export type Field = readonly [name: string, value: string];

const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
const GOAWAY = 0x7;
const CONTINUATION = 0x9;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const ACK = 0x1;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Literal fields without indexing (RFC 7541 §6.2.2), one char a byte. */
const block = (fields: readonly Field[]): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([length(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.of(...bytes, rest);
}

export interface Request {
  readonly fields: readonly Field[];
  readonly body?: readonly string[];
  readonly trailers?: readonly Field[];
  /** The block of fields in so many frames: HEADERS, then CONTINUATION. */
  readonly blocks?: number;
  /** What it does not say: that its body ends. */
  readonly neverEnds?: boolean;
}

export function requestFrames(stream: number, request: Request): Buffer {
  const { fields, body = [], trailers, blocks = 1, neverEnds = false } = request;
  const isBare = body.length === 0 && trailers === undefined && !neverEnds;
  const frames = blockFrames(stream, fields, isBare, blocks);
  for (const [index, piece] of body.entries()) {
    const isEnd = index === body.length - 1 && trailers === undefined && !neverEnds;
    frames.push(frame(DATA, isEnd ? END_STREAM : 0, stream, Buffer.from(piece, "latin1")));
  }
  if (trailers !== undefined) frames.push(...blockFrames(stream, trailers, true, 1));
  return Buffer.concat(frames);
}

function blockFrames(
  stream: number,
  fields: readonly Field[],
  isEnd: boolean,
  count: number,
): Buffer[] {
  const bytes = block(fields);
  const size = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, index) => {
    const flags = (isEnd && index === 0 ? END_STREAM : 0) | (index === count - 1 ? END_HEADERS : 0);
    const piece = bytes.subarray(index * size, (index + 1) * size);
    return frame(index === 0 ? HEADERS : CONTINUATION, flags, stream, piece);
  });
}

/** The gateway answered (the status is packed), reset the stream, or closed the connection; or the client has left. */
export type Ending = "answered" | "reset" | "gone" | "left";

/** Sends the frames of one request and waits for its end, or until the client wants to leave. */
export async function sendFrames(
  target: Target,
  request: Request,
  leaves: Promise<unknown>,
): Promise<Ending> {
  const socket = connect({ host: target.host, port: target.port });
  socket.on("error", () => {});
  try {
    socket.write(PREFACE);
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    socket.write(requestFrames(1, request));
    const end = Promise.race([ending(socket), leaves.then((): Ending => "left")]);
    return await within("the end of a stream of HTTP/2", end, 5_000);
  } finally {
    socket.destroy();
  }
}

function ending(socket: Socket): Promise<Ending> {
  let buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on("close", () => resolve("gone"));
    socket.on("data", (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      while (buffer.length >= 9 && buffer.length >= 9 + buffer.readUIntBE(0, 3)) {
        const [size, type, flags] = [buffer.readUIntBE(0, 3), buffer[3]!, buffer[4]!];
        const payload = buffer.subarray(9, 9 + size);
        if (type === SETTINGS && (flags & ACK) === 0) {
          socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
        }
        if (type === PING && (flags & ACK) === 0) socket.write(frame(PING, ACK, 0, payload));
        if (type === RST_STREAM) resolve("reset");
        if (type === GOAWAY) resolve("gone");
        if ((type === HEADERS || type === DATA) && flags & END_STREAM) resolve("answered");
        buffer = buffer.subarray(9 + size);
      }
    });
  });
}
