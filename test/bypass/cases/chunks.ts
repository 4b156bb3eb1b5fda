/** Which bytes are chunks, and who may have a body? */
import { chunked, chunkOf, NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const inner = raw(`GET /${NEEDLE}`);
const framed = (fields: readonly string[], body: string): string => raw("POST /f", fields, body);

export const CHUNKS: readonly Row[] = [
  row(
    "a chunk extension",
    [403],
    framed(["transfer-encoding: chunked"], `${chunkOf(NEEDLE, ";a=b")}0\r\n\r\n`),
  ),
  row(
    "the attack in a chunk extension",
    [200],
    framed(["transfer-encoding: chunked"], `3;x=${NEEDLE}\r\nabc\r\n0;y=${NEEDLE}\r\n\r\n`),
  ),
  row(
    "a chunk extension with a bare LF and a chunk within",
    [400],
    framed(["transfer-encoding: chunked"], `3;\n0\r\nabc\r\n0\r\n\r\n${inner}`),
  ),
  row(
    "a chunk size with zeros before",
    [403],
    framed(["transfer-encoding: chunked"], `0000${chunkOf(NEEDLE)}0000\r\n\r\n`),
  ),
  row(
    "a chunk size with 0x",
    [400],
    framed(["transfer-encoding: chunked"], `0x${chunkOf(NEEDLE)}0\r\n\r\n`),
  ),
  row(
    "a negative chunk size",
    [400],
    framed(["transfer-encoding: chunked"], `-1\r\n${NEEDLE}\r\n0\r\n\r\n`),
  ),
  row(
    "a chunk size beyond 64 bits",
    [400],
    framed(["transfer-encoding: chunked"], `1000000000000000d\r\n${NEEDLE}\r\n0\r\n\r\n`),
  ),
  row(
    "a chunk size with spaces behind",
    [403],
    framed(["transfer-encoding: chunked"], `d  \r\n${NEEDLE}\r\n0\r\n\r\n`),
    { simulator: [400] },
  ),
  row(
    "a chunk that is longer than it says",
    [200],
    framed(["transfer-encoding: chunked"], `3\r\n${NEEDLE}\r\n0\r\n\r\n`),
    { simulator: [400] },
  ),
  row(
    "a chunk without its end",
    [400],
    framed(["transfer-encoding: chunked"], `d\r\n${NEEDLE}0\r\n\r\n`),
  ),
  row(
    "chunks that end with bare LF",
    [400],
    framed(["transfer-encoding: chunked"], `d\n${NEEDLE}\n0\n\n`),
  ),
  row("chunks that never end", [], framed(["transfer-encoding: chunked"], chunkOf(NEEDLE)), {
    leavesAfter: 0,
  }),
  row("a body after its last chunk", [200, 403], `${chunked("POST /f", ["abc"])}${inner}`),
  row(
    "an empty body in chunks, then a second request",
    [200, 403],
    `${chunked("POST /f", [])}${inner}`,
  ),
  ...["GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND"].flatMap((method) => [
    row(`a body on ${method}`, [403], sized(`${method} /f`, inner), { methods: [method] }),
    row(`a body in chunks on ${method}`, [403], chunked(`${method} /f`, [inner]), {
      methods: [method],
    }),
    row(`a harmless body on ${method}`, [200], sized(`${method} /f`, "abc"), { methods: [method] }),
  ]),
];
