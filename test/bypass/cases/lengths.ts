/** Where does a body end? Everything that two servers could read in two ways, with an attack in what one of them would not see. */
import { chunkOf, lines, NEEDLE, raw, row } from "./wire.ts";
import type { Row } from "./wire.ts";

const inner = raw(`GET /${NEEDLE}`);
const framed = (fields: readonly string[], body: string): string => raw("POST /f", fields, body);

export const LENGTHS: readonly Row[] = [
  row(
    "content-length twice, the same",
    [400],
    framed(["content-length: 3", "content-length: 3"], "abc"),
  ),
  row(
    "content-length twice, conflicting",
    [400],
    framed(["content-length: 0", `content-length: ${inner.length}`], inner),
  ),
  row(
    "content-length twice, conflicting, the longer first",
    [400],
    framed([`content-length: ${inner.length}`, "content-length: 0"], inner),
  ),
  row("content-length as a list of equal ones", [400], framed(["content-length: 3, 3"], "abc")),
  row("content-length as a list", [400], framed([`content-length: 0, ${inner.length}`], inner)),
  row("content-length with a plus", [400], framed([`content-length: +${inner.length}`], inner)),
  row("a negative content-length", [400], framed(["content-length: -1"], inner)),
  row(
    "content-length in hex",
    [400],
    framed([`content-length: 0x${inner.length.toString(16)}`], inner),
  ),
  row(
    "content-length with zeros before",
    [403],
    framed([`content-length: 000${inner.length}`], inner),
  ),
  row("an empty content-length", [400], framed(["content-length:"], inner)),
  row(
    "content-length with a letter behind",
    [400],
    framed([`content-length: ${inner.length}a`], inner),
  ),
  row("content-length with a space within", [400], framed(["content-length: 1 0"], inner)),
  row(
    "content-length beyond 64 bits",
    [400],
    framed(["content-length: 18446744073709551617"], inner),
  ),
  row(
    "content-length with a space before the colon",
    [400],
    framed([`content-length : ${inner.length}`], inner),
  ),
  row(
    "content-length on a folded line",
    [403],
    framed(["content-length:", ` ${inner.length}`], inner),
    { simulator: [400] },
  ),
  row("content-length behind a tab", [403], framed([`content-length:\t${inner.length}\t`], inner), {
    simulator: [400],
  }),
  row("content-length in odd case", [403], framed([`CoNtEnT-lEnGtH: ${inner.length}`], inner)),
  row(
    "content_length, which is none, before a second request",
    [200, 403],
    framed(["content_length: 3"], inner),
  ),
  row(
    "content-length of 0 before a second request",
    [200, 403],
    framed(["content-length: 0"], inner),
  ),
  row("less than content-length says, then the end", [], framed(["content-length: 999"], inner), {
    leavesAfter: 0,
  }),
];

export const CODINGS: readonly Row[] = [
  row(
    "a length and chunks (CL.TE)",
    [400],
    framed(
      [`content-length: ${inner.length + 5}`, "transfer-encoding: chunked"],
      `0\r\n\r\n${inner}`,
    ),
  ),
  row(
    "chunks and a length (TE.CL)",
    [400],
    framed(
      ["transfer-encoding: chunked", "content-length: 4"],
      `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    ),
  ),
  row(
    "transfer-encoding twice",
    [501],
    framed(
      ["transfer-encoding: chunked", "transfer-encoding: chunked"],
      `${chunkOf(inner)}0\r\n\r\n`,
    ),
    { simulator: [400] },
  ),
  row(
    "transfer-encoding: chunked, chunked",
    [501],
    framed(["transfer-encoding: chunked, chunked"], `${chunkOf(inner)}0\r\n\r\n`),
    { simulator: [400] },
  ),
  row(
    "transfer-encoding: identity",
    [400],
    framed(["transfer-encoding: identity", `content-length: ${inner.length}`], inner),
  ),
  row("transfer-encoding: identity alone", [501], framed(["transfer-encoding: identity"], inner)),
  row(
    "transfer-encoding: gzip, chunked",
    [501],
    framed(["transfer-encoding: gzip, chunked"], `${chunkOf(inner)}0\r\n\r\n`),
  ),
  row(
    "transfer-encoding: xchunked",
    [400],
    framed(["transfer-encoding: xchunked", `content-length: ${inner.length}`], inner),
  ),
  row(
    "transfer-encoding with a space before the colon",
    [400],
    framed(["transfer-encoding : chunked"], `0\r\n\r\n${inner}`),
  ),
  row(
    "transfer-encoding with a vertical tab",
    [400],
    framed(["transfer-encoding: \x0bchunked"], `0\r\n\r\n${inner}`),
  ),
  row(
    "transfer-encoding in quotes",
    [501],
    framed(['transfer-encoding: "chunked"'], `0\r\n\r\n${inner}`),
  ),
  row("an empty transfer-encoding", [501], framed(["transfer-encoding:"], `0\r\n\r\n${inner}`)),
  row(
    "transfer-encoding on a folded line",
    [403],
    framed(["transfer-encoding:", " chunked"], `${chunkOf(inner)}0\r\n\r\n`),
    { simulator: [400] },
  ),
  row(
    "transfer-encoding folded, a second word",
    [501],
    framed(["transfer-encoding: chunked", " x"], `${chunkOf(inner)}0\r\n\r\n`),
    { simulator: [400] },
  ),
  row(
    "Transfer-Encoding: Chunked",
    [403],
    framed(["Transfer-Encoding: Chunked"], `${chunkOf(inner)}0\r\n\r\n`),
  ),
  row(
    "transfer_encoding, which is none, before a second request",
    [200, 403],
    framed(["transfer_encoding: chunked"], inner),
  ),
  row(
    "chunks of HTTP/1.0",
    [403],
    `${lines("POST /f HTTP/1.0", "host: api.example", "transfer-encoding: chunked", "")}${chunkOf(inner)}0\r\n\r\n`,
  ),
];
