/** How does an answer travel when faults are in its way? They act on the bytes of the connection. */
import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { errorReply, NODE_HEADER, sendReply, type Reply } from "../contract/reply.ts";
import type { Fault, FaultName } from "./fault.ts";

export interface Delivery {
  readonly response: ServerResponse;
  readonly reply: Reply;
  readonly faults: readonly Fault[];
  /** `connector.app_reply_timeout`, and what is answered when it is over. */
  readonly timeout: { readonly ms: number | undefined; readonly code: number };
}

/** Does the connection end before the node has looked at the message? */
export function dropsUnread(faults: readonly Fault[]): Fault | undefined {
  return faults.find(
    ({ name, value }) => (name === "reset" || name === "close") && value === "begin",
  );
}

export async function deliver(delivery: Delivery): Promise<void> {
  const { response, faults } = delivery;
  // Not response.socket: behind another request on the same connection (pipelining) there is none yet.
  const { socket } = response.req;
  if (socket.destroyed) return;
  const late = faults.reduce(
    (sum, { name, value }) => sum + (name === "delay" ? Number(value) : 0),
    0,
  );
  const { ms, code } = delivery.timeout;
  const tooLate = ms !== undefined && late > ms;
  await pause(tooLate ? ms : late, socket);
  if (socket.destroyed) return;
  if (tooLate) {
    sendReply(response, errorReply(code, `no verdict within app_reply_timeout of ${ms} ms`));
    return;
  }
  const reply = changedReply(delivery.reply, faults);
  const transport = faults.find(({ name }) => name in transports);
  const send = transport && transports[transport.name];
  if (send) await send(response, socket, reply, transport.value);
  else sendReply(response, reply);
}

/** Status and headers; the body was spoilt before. */
function changedReply(reply: Reply, faults: readonly Fault[]): Reply {
  let changed = reply;
  for (const { name, value } of faults) {
    if (name === "status") changed = errorReply(Number(value), "a fault was asked for");
  }
  if (!faults.some(({ name }) => name === "no-node-header")) return changed;
  const { [NODE_HEADER]: _, ...headers } = changed.headers;
  return { ...changed, headers };
}

const READ_TIME_MS = 30;

type Send = (
  response: ServerResponse,
  socket: Socket,
  reply: Reply,
  value: Fault["value"],
) => void | Promise<void>;

const transports: Partial<Record<FaultName, Send>> = {
  silence: () => undefined, // the connection ends with its client, or with the node
  reset: async (_, socket, reply, at) => {
    if (at === "middle") {
      socket.write(half(reply));
      await pause(READ_TIME_MS, socket); // a reset overtakes bytes that nobody has read yet
    }
    reset(socket);
  },
  close: (_, socket, reply, at) => {
    if (at === "begin") socket.end();
    else socket.end(half(reply));
  },
  truncated: (_, socket, reply) => void socket.end(half(reply)),
  "not-http": (_, socket) => void socket.end(Buffer.from("1503010002022800ff00fe", "hex")),
  "two-responses": (_, socket, reply) => {
    const bytes = rawResponse(reply, reply.body.length);
    socket.end(Buffer.concat([bytes, bytes]));
  },
  drip: (_, socket, reply, ms) => drip(socket, rawResponse(reply, reply.body.length), Number(ms)),
  huge: (response, socket, reply, bytes) => sendHuge(response, socket, reply, Number(bytes)),
};

function reset(socket: Socket): void {
  // A TLS socket knows no reset of its own: there the connection is just cut.
  if ("encrypted" in socket) {
    socket.destroy();
    return;
  }
  // resetAndDestroy() ends by destroySoon(), which would say goodbye (FIN) before it resets.
  socket.destroySoon = () => void socket.destroy();
  socket.resetAndDestroy();
}

/** All of the head, and half of the body that it announces. */
function half(reply: Reply): Buffer {
  const body = reply.body.length > 0 ? reply.body : new Uint8Array([0x90, 0x90]);
  const cut = { ...reply, body: body.subarray(0, Math.floor(body.length / 2)) };
  return rawResponse(cut, body.length);
}

function rawResponse({ status, headers, body }: Reply, contentLength: number): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${contentLength}`,
    "connection: close",
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

async function drip(socket: Socket, bytes: Buffer, ms: number): Promise<void> {
  for (let i = 0; i < bytes.length && !socket.destroyed; i += 1) {
    socket.write(bytes.subarray(i, i + 1));
    await pause(ms, socket);
  }
  socket.end();
}

/** In pieces, as fast as the client takes them: a large body costs no memory here. */
async function sendHuge(
  response: ServerResponse,
  socket: Socket,
  reply: Reply,
  bytes: number,
): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers, "content-length": bytes });
  const piece = Buffer.alloc(65_536, 0xc0);
  for (let left = bytes; left > 0 && !socket.destroyed; left -= piece.length) {
    const more = response.write(piece.subarray(0, Math.min(left, piece.length)));
    if (!more) await drained(response, socket);
  }
  response.end();
}

function drained(response: ServerResponse, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    response.on("drain", done);
    socket.on("close", done);
  });
}

/** Ends early when the connection ends. */
function pause(ms: number, socket: Socket): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    socket.on("close", done);
  });
}
