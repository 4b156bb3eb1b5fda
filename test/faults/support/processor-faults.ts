/** How can an external processor, or the way to it, be wrong? */
import { gzipSync } from "node:zlib";
import type { OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { replyBytes } from "../../support/ext-proc/codec.ts";
import type { Told } from "../../support/ext-proc/codec.ts";
import type { Fault } from "./fault.ts";
import type { ProcessorFault } from "./faulty-processor.ts";
import { NOBODY } from "./nobody.ts";
import { frame } from "./talk.ts";
import type { Talk } from "./talk.ts";

type ProcessorFaults = readonly Fault<ProcessorFault>[];

const onConnection = (act: (socket: Socket) => unknown): ProcessorFault => ({
  onConnection: (socket) => void act(socket),
});

export const WAYS: ProcessorFaults = [
  { name: "refused", cluster: () => ({ url: NOBODY }) },
  { name: "unknown-cluster", cluster: () => undefined },
  { name: "tls-to-plain", cluster: () => ({ tls: true }), node: {}, waits: true },
  { name: "plain-to-tls", node: { tls: true }, waits: true },
  {
    name: "tls-hangs-up",
    cluster: () => ({ tls: true }),
    node: onConnection((socket) => socket.once("data", () => socket.resetAndDestroy())),
  },
  {
    name: "accepts-and-reads-nothing",
    node: onConnection((socket) => socket.pause()),
    waits: true,
  },
  { name: "reset-on-accept", node: onConnection((socket) => socket.resetAndDestroy()) },
  { name: "closed-on-accept", node: onConnection((socket) => socket.end()) },
  { name: "speaks-http-1", node: onConnection((socket) => socket.end("HTTP/1.1 400 Bad\r\n\r\n")) },
  { name: "no-http", node: onConnection((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n")) },
  // A gRPC stream to these would end Envoy 1.40 itself: the policy asks first (docs/nodes.md).
  { name: "unresolvable", cluster: () => ({ url: "http://nowhere.invalid:5050" }) },
  { name: "no-host", cluster: () => ({ empty: true }) },
];

const answer = (
  name: string,
  act: (talk: Talk, told: Told) => unknown,
  more: object = {},
): Fault<ProcessorFault> => ({ name, node: { answer: act }, ...more });

const good = (told: Told): Buffer => frame(replyBytes({ [told.kind]: {} }));

const STREAMS: ProcessorFaults = [
  answer("silent", () => {}, { waits: true }),
  answer("silent-after-head", (talk) => talk.begin(), { waits: true }),
  ...Object.entries({ none: 0, protocol: 1, internal: 2, refused: 7, cancel: 8, calm: 11 }).map(
    ([name, code]) => answer(`reset-${name}`, (talk) => talk.reset(code)),
  ),
  answer("reset-after-head", (talk) => {
    talk.begin();
    talk.reset(2);
  }),
  answer("reset-in-frame", (talk, told) => {
    talk.write(good(told).subarray(0, 4));
    setImmediate(() => talk.reset(8));
  }),
  answer("cut", (talk) => talk.cut()),
  answer("ends-in-frame", (talk, told) => {
    talk.write(good(told).subarray(0, -1));
    talk.end(0);
  }),
  answer("trickles", (talk, told) => talk.trickle(good(told), 1500), { waits: true }),
  answer("byte-by-byte-in-time", (talk, told) => talk.trickle(good(told), 1)),
  answer("late-answer", (talk, told) => void setTimeout(() => talk.carryOn(told), 5000).unref(), {
    waits: true,
  }),
];

/** In the middle of a stream there is no other head to be sent: it is reset. */
const respond = (name: string, headers: OutgoingHttpHeaders, body = ""): Fault<ProcessorFault> =>
  answer(name, (talk) => (talk.hasBegun ? talk.reset(2) : talk.respond(headers, body)));

const HTML = { "content-type": "text/html" };

const STATUSES: ProcessorFaults = [
  ...Array.from({ length: 17 }, (_, status) =>
    answer(`grpc-${status}`, (talk) => talk.end(status, { "grpc-message": "because" })),
  ),
  answer("grpc-99", (talk) => talk.end(99)),
  answer("grpc-rubbish", (talk) => talk.end("many")),
  answer("grpc-13-after-head", (talk) => {
    talk.begin();
    talk.end(13, { "grpc-message": "a%20b\u00e9".repeat(100) });
  }),
  answer("answer-and-grpc-13", (talk, told) => {
    talk.carryOn(told);
    talk.end(13);
  }),
  answer("answer-and-grpc-0", (talk, told) => {
    talk.carryOn(told);
    talk.end(0);
  }),
  ...[500, 502, 503, 415, 403, 404, 429, 302, 204].map((status) =>
    respond(`http-${status}`, { ":status": status, ...HTML }),
  ),
  respond("http-500-with-body", { ":status": 500, ...HTML }, "<html>"),
  respond("http-200-html", { ":status": 200, ...HTML }, "<html>It works!</html>"),
  respond("empty-200", { ":status": 200, "content-type": "application/grpc" }),
];

const bytes = (name: string, make: (told: Told) => Uint8Array): Fault<ProcessorFault> =>
  answer(name, (talk, told) => talk.write(make(told)));

const FRAMES: ProcessorFaults = [
  bytes("rubbish", () => Buffer.alloc(300, 0xff)),
  bytes("compressed-flag", (told) => frame(gzipSync(replyBytes({ [told.kind]: {} })), 1)),
  bytes("compressed-flag-plain", (told) => frame(replyBytes({ [told.kind]: {} }), 1)),
  answer("frame-of-4-gb", (talk) => talk.write(frame(Buffer.alloc(10), 0, 0xffffffff)), {
    waits: true,
  }),
  bytes("10-mb", () => frame(Buffer.alloc(10_000_000, 1))),
  bytes("300-kb", () => frame(Buffer.alloc(300_000, 1))),
  bytes("empty-message", () => frame(Buffer.alloc(0))),
  bytes("rubbish-message", () => frame(Buffer.alloc(300, 0xff))),
  bytes("length-beyond-the-end", () => frame(Buffer.from("0affffffff0f", "hex"))),
  bytes("endless-groups", () => frame(Buffer.alloc(100_000, 0x63))),
  bytes("unknown-fields-only", () => frame(Buffer.from("fa0f03616263", "hex"))),
];

const reply = (name: string, make: (told: Told) => object): Fault<ProcessorFault> =>
  answer(name, (talk, told) => talk.reply(make(told)));

const immediate = (name: string, response: object): Fault<ProcessorFault> =>
  reply(name, () => ({ immediate_response: response }));

const setHeader = (key: string, value: string | Buffer): object => ({
  response: {
    header_mutation: { set_headers: [{ header: { key, raw_value: Buffer.from(value) } }] },
  },
});

const onHead = (name: string, change: object): Fault<ProcessorFault> =>
  reply(name, (told) => ({ [told.kind]: told.kind.endsWith("_headers") ? change : {} }));

const MESSAGES: ProcessorFaults = [
  reply("wrong-kind", () => ({ response_trailers: {} })),
  answer("two-answers", (talk, told) => {
    talk.carryOn(told);
    talk.carryOn(told);
  }),
  // override_message_timeout { seconds: 1 }
  answer("asks-for-time", (talk) => talk.message(Buffer.from("52020801", "hex")), { waits: true }),
  immediate("immediate-403", { status: { code: 403 } }),
  immediate("immediate-without-status", { body: Buffer.from("no") }),
  immediate("immediate-99", { status: { code: 99 } }),
  immediate("immediate-1000", { status: { code: 1000 } }),
  immediate("immediate-503", { status: { code: 503 }, details: "a b\r\nc" }),
  immediate("immediate-bad-header", {
    status: { code: 403 },
    headers: { set_headers: [{ header: { key: "x-a", raw_value: Buffer.from("1\r\nx-b: 2") } }] },
  }),
  onHead("header-with-line-break", setHeader("x-a", "1\r\nx-b: 2")),
  onHead("header-without-name", setHeader("", "1")),
  onHead("header-of-bytes", setHeader("x-bytes", Buffer.from([0x80, 0xff, 0xfe]))),
  onHead("header-that-routes", setHeader(":authority", "elsewhere")),
];

const toResponse = (
  name: string,
  act: (talk: Talk, told: Told) => unknown,
  more: object = {},
): Fault<ProcessorFault> => ({ name, node: { answerResponse: act }, ...more });

const RESPONSES: ProcessorFaults = [
  toResponse("response-silent", () => {}, { waitsLater: true }),
  toResponse("response-reset", (talk) => talk.reset(2)),
  toResponse("response-grpc-13", (talk) => talk.end(13)),
  toResponse("response-rubbish", (talk) => talk.message(Buffer.alloc(300, 0xff))),
  toResponse("response-wrong-kind", (talk) => talk.reply({ request_body: {} })),
  toResponse("response-never-ends", (talk, told) => {
    talk.onEnd = () => {};
    talk.carryOn(told);
  }),
  toResponse("response-two-answers", (talk, told) => {
    talk.carryOn(told);
    talk.carryOn(told);
  }),
];

export const PROCESSOR_FAULTS = [...STREAMS, ...STATUSES, ...FRAMES, ...MESSAGES, ...RESPONSES];
