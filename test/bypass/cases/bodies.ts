/** Where in a body can an attack be, and in which pieces can it come? Of bodies that are judged part by part, too. */
import { chunked, chunkOf, lines, NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const CHUNKED = ["transfer-encoding: chunked"];
/** It may expect answers before it ends, and goes on in pieces. */
const STREAM = [...CHUNKED, "content-type: application/connect+json"];
const ANNOUNCED = [...CHUNKED, "trailer: x-a"];
const inside = NEEDLE.length - 1;
const positions = Array.from({ length: inside }, (_, i) => i + 1);

/** Cut in two at `at`, each piece in a packet of its own. */
const cut = (text: string, at: number): readonly string[] => [text.slice(0, at), text.slice(at)];

export const SPLIT: readonly Row[] = [
  ...positions.map((at) =>
    row(
      `over two packets, at ${at}`,
      [403],
      [raw("POST /s", [`content-length: ${NEEDLE.length}`]), ...cut(NEEDLE, at)],
    ),
  ),
  ...positions.map((at) =>
    row(`over two chunks, at ${at}`, [403], chunked("POST /s", cut(NEEDLE, at))),
  ),
  row("in chunks of one byte", [403], chunked("POST /s", [...NEEDLE])),
  row("in packets of one byte", [403], [...chunked("POST /s", [NEEDLE], { fields: ["x-a: b"] })]),
  row("in a head in packets of one byte", [403], [...raw(`GET /${NEEDLE}`, ["x-a: b"])]),
  row("over two headers of one name", [200], raw("GET /s", ["x-a: attack-", "x-a: needle"])),
  row("over body and trailer", [200], chunked("POST /s", ["attack-"], { trailers: ["needle: 1"] })),
];

export const PIPELINED: readonly Row[] = [
  row(
    "the third of five",
    [200, 200, 403, 200, 200],
    ["a", "b", NEEDLE, "d", "e"].map((body) => sized("POST /p", body)).join(""),
  ),
  row("behind a request without length", [200, 403], `${raw("GET /p")}${sized("POST /p", NEEDLE)}`),
  row(
    "in the body of the last of fifty",
    [...Array<number>(50).fill(200), 403],
    `${raw("GET /p").repeat(50)}${sized("POST /p", NEEDLE)}`,
  ),
  row("behind Expect: 100-continue", [403], sized("POST /p", NEEDLE, ["expect: 100-continue"])),
  row(
    "behind Expect: 100-continue, then another",
    [200, 403],
    `${sized("POST /p", "abc", ["expect: 100-continue"])}${sized("POST /p", NEEDLE)}`,
  ),
  row("behind another expectation", [403], sized("POST /p", NEEDLE, ["expect: 200-ok"])),
  row(
    "behind two expectations",
    [403],
    sized("POST /p", NEEDLE, ["expect: 100-continue", "expect: 100-continue"]),
  ),
];

/** For `request_body_limit: 16`. */
export const PARTS: readonly Row[] = [
  ...[0, ...positions, NEEDLE.length].map((before) =>
    row(
      `over two parts, ${before} bytes in the first`,
      [403],
      sized("POST /a", `${"x".repeat(16 - before)}${NEEDLE}tail`),
    ),
  ),
  ...[1, 6, inside].map((before) =>
    row(
      `over two parts, ${before} bytes in the first, a packet of its own`,
      [403],
      [
        raw("POST /a", ["content-length: 64"]),
        `${"x".repeat(16 - before)}${NEEDLE.slice(0, before)}`,
        `${NEEDLE.slice(before)}${"y".repeat(64)}`.slice(0, 48),
      ],
      { leavesAfter: 1 },
    ),
  ),
  ...[1, 6, inside].map((before) =>
    row(
      `over two messages of a stream, ${before} bytes in the first, which has gone on`,
      [403],
      [
        raw("POST /a", STREAM),
        chunkOf(`${"x".repeat(16 - before)}${NEEDLE.slice(0, before)}`),
        { reached: 16 },
        chunkOf(`${NEEDLE.slice(before)}${"y".repeat(64)}`.slice(0, 48)),
      ],
      { leavesAfter: 1 },
    ),
  ),
  row(
    "in the eighth part",
    [403],
    chunked("POST /a", [..."1234567"].map((each) => each.repeat(16)).concat(NEEDLE)),
  ),
  row(
    "in the trailers behind eight parts",
    [403],
    chunked("POST /a", ["z".repeat(128)], { trailers: [`x-a: ${NEEDLE}`] }),
  ),
  row(
    "in trailers that nothing announces, when all of the body has gone on",
    [411],
    [
      raw("POST /a", STREAM),
      chunkOf("z".repeat(32)),
      { reached: 32 },
      `0\r\n${lines(`x-a: ${NEEDLE}`, "")}`,
    ],
    { leavesAfter: 1 },
  ),
  row("nowhere", [200], chunked("POST /a", ["harmless ".repeat(20)], { trailers: ["x-a: b"] })),
  row("nowhere, though the body is as long as a part", [200], sized("POST /a", "z".repeat(16))),
  row("nowhere, though the body is a byte longer", [200], sized("POST /a", "z".repeat(17))),
];

/** Behind a pause of a second a body without a length may expect an answer: what there is gets judged and goes on, and is not forgotten. */
export const SLOW: readonly Row[] = [
  row(
    "in two halves, with a pause between them",
    [403],
    [
      raw("POST /d", CHUNKED),
      chunkOf("attack-"),
      { reached: 7 },
      chunkOf(`needle${"x".repeat(51)}`),
    ],
    { leavesAfter: 1 },
  ),
  row(
    "in chunks, a pause before trailers that nothing announces",
    [411],
    [raw("POST /d", CHUNKED), chunkOf("abc"), { reached: 3 }, `0\r\nx-a: ${NEEDLE}\r\n\r\n`],
    { leavesAfter: 1 },
  ),
  row(
    "in the trailers that finish it, which it announces",
    [403],
    [raw("POST /d", ANNOUNCED), chunkOf("abc"), `0\r\nx-a: ${NEEDLE}\r\n\r\n`],
  ),
];
