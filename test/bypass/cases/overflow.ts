/** What is not judged, because the operator says so, and is it no more than that? For `request_body_limit: 16` and 0. */
import { chunked, chunkOf, lines, NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const behind = `${"x".repeat(16)}${NEEDLE}`;

/** `request_body_overflow: pass`: what is behind the limit flows on, and the node knows. */
export const PASS: readonly Row[] = [
  row("within the limit", [403], sized("POST /o", NEEDLE)),
  row("within the limit, with more behind it", [403], sized("POST /o", `${NEEDLE}${behind}`)),
  row("over the limit", [200], sized("POST /o", `12345678${NEEDLE}`)),
  row("behind the limit", [200], sized("POST /o", behind)),
  row("behind the limit, in chunks", [200], chunked("POST /o", [...behind])),
  row(
    "in a header, with a body beyond the limit",
    [403],
    sized("POST /o", behind, [`x-a: ${NEEDLE}`]),
  ),
  row(
    "in a trailer, with a body within the limit",
    [403],
    chunked("POST /o", ["abc"], { trailers: [`x-a: ${NEEDLE}`] }),
  ),
  row(
    "in a trailer, behind what has gone on",
    [200],
    [
      raw("POST /o", ["transfer-encoding: chunked"]),
      chunkOf("y".repeat(20)),
      { reached: 20 },
      `0\r\n${lines(`x-a: ${NEEDLE}`, "")}`,
    ],
    { leavesAfter: 1 },
  ),
];

/** `request_body_overflow: block`: nothing goes on unjudged. */
export const BLOCK: readonly Row[] = [
  row("within the limit", [403], sized("POST /o", NEEDLE)),
  row("behind the limit", [413], sized("POST /o", behind)),
  row("behind the limit, in chunks", [413], chunked("POST /o", [...behind])),
  row("behind the limit, the length not told before", [413], chunked("POST /o", [behind])),
  row(
    "a content-length that lies is no way in",
    [413],
    raw("POST /o", ["content-length: 17"], `${NEEDLE}1234`),
  ),
  row("in a trailer", [403], chunked("POST /o", ["abc"], { trailers: [`x-a: ${NEEDLE}`] })),
  row("nowhere, as long as the limit", [200], sized("POST /o", "z".repeat(16))),
];

/** `request_body_limit: 0`: only heads are judged. */
export const HEADS: readonly Row[] = [
  row("in the path", [403], sized(`POST /${NEEDLE}`, "abc")),
  row("in a header", [403], sized("POST /o", "abc", [`x-a: ${NEEDLE}`])),
  row("in the body", [200], sized("POST /o", NEEDLE)),
  row("in the body, in chunks", [200], chunked("POST /o", [NEEDLE], { trailers: ["x-a: b"] })),
  row("nowhere, and no body", [200], raw("GET /o")),
];

/** For `request_body_limit: 1`: a part is a byte. */
export const BYTES: readonly Row[] = [
  row("in the body", [403], sized("POST /o", `ab${NEEDLE}cd`)),
  row("in chunks", [403], chunked("POST /o", ["ab", NEEDLE, "cd"])),
  row("in a trailer", [403], chunked("POST /o", ["abc"], { trailers: [`x-a: ${NEEDLE}`] })),
  row("nowhere", [200], sized("POST /o", "harmless")),
];
