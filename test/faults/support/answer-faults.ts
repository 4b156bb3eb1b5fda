/** How can an answer be wrong as HTTP: cut, slow, misframed, of a strange status, or not HTTP at all? */
import { gzipSync } from "node:zlib";
import { encode } from "@msgpack/msgpack";
import { head, whole } from "./call.ts";
import type { Call } from "./call.ts";
import type { Fault } from "./fault.ts";
import type { NodeFault } from "./faulty-node.ts";

const answer = (
  name: string,
  act: (call: Call) => void | Promise<void>,
  more: object = {},
): Fault<NodeFault> => ({ name, node: { answer: act }, ...more });

const passing = (call: Call): Buffer => whole(call, "pass");
const verdict = (call: Call): Uint8Array => encode(call.verdicts("pass"));
/** Sent in a piece, then the connection is cut. */
const raw = (name: string, bytes: (call: Call) => readonly (string | Uint8Array)[]) =>
  answer(name, (call) => {
    call.write(...bytes(call));
    call.socket.end();
  });

/** The head in three pieces, of the body each byte by itself. */
async function inTime(call: Call, action: string): Promise<void> {
  const bytes = whole(call, action);
  call.write(bytes.subarray(0, 10));
  await call.trickle(bytes.subarray(10, 20), 1);
  call.write(bytes.subarray(20, -20));
  await call.trickle(bytes.subarray(-20), 1);
}

const CUT: readonly Fault<NodeFault>[] = [
  answer("reset-in-head", (call) => {
    call.write(passing(call).subarray(0, 20));
    call.reset();
  }),
  answer("reset-in-body", (call) => {
    call.write(passing(call).subarray(0, -1));
    call.reset();
  }),
  answer("closed-in-body", (call) => {
    call.write(passing(call).subarray(0, -1));
    call.socket.destroy();
  }),
  answer("trickles-head", (call) => call.trickle(passing(call), 300), { waits: true }),
  answer(
    "trickles-body",
    async (call) => {
      const bytes = passing(call);
      call.write(bytes.subarray(0, -20));
      await call.trickle(bytes.subarray(-20), 300);
    },
    { waits: true },
  ),
  answer("byte-by-byte-in-time", (call) => inTime(call, "pass")),
  answer("byte-by-byte-block", (call) => inTime(call, "block")),
  answer("late-answer", (call) => void setTimeout(() => call.judge("pass"), 5000), { waits: true }),
];

const EARLY: readonly Fault<NodeFault>[] = [
  {
    name: "verdict-before-the-end",
    node: { onBeginning: (call) => (call.judge("pass", ["connection: close"]), true) },
  },
  {
    name: "block-before-the-end",
    node: { onBeginning: (call) => (call.judge("block", ["connection: close"]), true) },
  },
  {
    name: "early-413",
    node: { onBeginning: (call) => (call.answer(413, "", ["connection: close"]), true) },
  },
  {
    name: "early-413-reset",
    node: {
      onBeginning(call) {
        call.answer(413);
        call.reset();
        return true;
      },
    },
  },
];

/** What a node has no room for waits for its turn. */
const busy = (status: number): object => (status === 503 ? { waits: true } : {});

const STATUSES: readonly Fault<NodeFault>[] = [
  ...[500, 502, 503, 504, 415, 403, 400, 404, 413, 426, 429, 201, 302, 599].map((status) =>
    answer(
      `status-${status}`,
      (call) => call.answer(status, encode({ error: "because" }), ["location: /elsewhere"]),
      busy(status),
    ),
  ),
  ...[206, 500, 503].map((status) =>
    answer(
      `status-${status}-with-verdict`,
      (call) => call.answer(status, verdict(call)),
      busy(status),
    ),
  ),
  answer("status-204", (call) => call.write(head(204))),
  answer("status-304", (call) => call.write(head(304))),
  raw("status-101", () => [head(101, ["connection: upgrade", "upgrade: websocket"])]),
  ...[200, 500, 503, 504].map((status) =>
    answer(`not-a-node-${status}`, (call) => {
      const body = verdict(call);
      call.write(`HTTP/1.1 ${status} x\r\ncontent-length: ${body.length}\r\n\r\n`, body);
    }),
  ),
];

const FRAMING: readonly Fault<NodeFault>[] = [
  raw("http-1.0", (call) => [passing(call).toString("latin1").replace("HTTP/1.1", "HTTP/1.0")]),
  raw("until-close", (call) => [head(200, ["connection: close"]), verdict(call)]),
  answer("chunked", (call) => {
    const body = Buffer.from(verdict(call)).toString("latin1");
    const chunks = [...body].map((byte) => `1;x=y\r\n${byte}\r\n`).join("");
    call.write(head(200, ["transfer-encoding: chunked"]), chunks, "0\r\nx-trailer: 1\r\n\r\n");
  }),
  raw("chunked-garbage", () => [head(200, ["transfer-encoding: chunked"]), "zz\r\n!!\r\n"]),
  raw("chunk-without-end", () => [head(200, ["transfer-encoding: chunked"]), "40\r\nabc"]),
  answer(
    "chunks-never-end",
    (call) => call.write(head(200, ["transfer-encoding: chunked"]), "1\r\na\r\n"),
    {
      waits: true,
    },
  ),
  answer(
    "length-too-long",
    (call) => call.write(head(200, ["content-length: 4000"]), verdict(call)),
    {
      waits: true,
    },
  ),
  raw("length-too-long-closed", (call) => [head(200, ["content-length: 4000"]), verdict(call)]),
  raw("length-too-short", (call) => [head(200, ["content-length: 9"]), verdict(call)]),
  raw("length-rubbish", (call) => [head(200, ["content-length: many"]), verdict(call)]),
  raw("length-negative", (call) => [head(200, ["content-length: -1"]), verdict(call)]),
  raw("two-lengths", (call) => [
    head(200, ["content-length: 9", `content-length: ${verdict(call).length}`]),
    verdict(call),
  ]),
  raw("length-and-chunked", (call) => [
    head(200, ["content-length: 9", "transfer-encoding: chunked"]),
    `${verdict(call).length.toString(16)}\r\n`,
    verdict(call),
    "\r\n0\r\n\r\n",
  ]),
  raw("no-http", () => ["SSH-2.0-OpenSSH_9.6\r\n\r\n"]),
  raw("binary", () => [Buffer.alloc(4096, 0xff)]),
  raw("http-2-preface", () => [Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
  raw("header-of-1-mb", () => [head(200, [`x-long: ${"a".repeat(1_000_000)}`])]),
  raw("headers-without-end", () => ["HTTP/1.1 200 OK\r\n", "x-a: b\r\n".repeat(50_000)]),
  raw("header-with-nul", () => [head(200, ["x-nul: a\0b", "content-length: 0"])]),
  raw("status-without-number", () => ["HTTP/1.1 abc OK\r\n\r\n"]),
  answer("informational-flood", (call) => {
    call.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), passing(call));
  }),
  answer("early-hints", (call) => {
    call.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(3), passing(call));
  }),
  answer("gzip", (call) => {
    call.answer(200, gzipSync(verdict(call)), ["content-encoding: gzip"]);
  }),
  answer("node-header-twice", (call) => call.judge("pass", ["x-wallarm-node: 1.0.0"])),
  answer("10-mb", (call) => call.answer(200, Buffer.alloc(10_000_000, 0x90))),
];

export const ANSWERS = [...CUT, ...EARLY, ...STATUSES, ...FRAMING];
