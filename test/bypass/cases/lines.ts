/** Where does a line end, and what is a head? Bare line ends, folds, bytes that are no text, versions, hosts. */
import { lines, NEEDLE, raw, row } from "./wire.ts";
import type { Row } from "./wire.ts";

const inner = raw(`GET /${NEEDLE}`);

export const LINES: readonly Row[] = [
  row("lines that end with bare LF", [200], `GET /f HTTP/1.1\nhost: api.example\n\n`, {
    simulator: [400],
  }),
  row("a header hidden behind a bare LF", [403], raw("GET /f", [`x-a: b\nx-b: ${NEEDLE}`]), {
    simulator: [400],
  }),
  row("a header hidden behind a bare CR", [403], raw("GET /f", [`x-a: b\rx-b: ${NEEDLE}`]), {
    simulator: [400],
  }),
  row("a request hidden behind a bare LF", [200, 403], raw("GET /f", [`x-a: b\n\n${inner}`]), {
    simulator: [400],
  }),
  row("a NUL in a header's value", [400], raw("GET /f", [`x-a: b\0${NEEDLE}`])),
  row("a NUL in a header's name", [400], raw("GET /f", [`x\0a: ${NEEDLE}`])),
  row("a space in a header's name", [400], raw("GET /f", [`x a: ${NEEDLE}`])),
  row("a space before the colon", [400], raw("GET /f", [`x-a : ${NEEDLE}`])),
  row("a header without a name", [400], raw("GET /f", [`: ${NEEDLE}`])),
  row("a line without a colon", [400], raw("GET /f", [NEEDLE])),
  row("a folded header", [403], raw("GET /f", ["x-a: b", ` ${NEEDLE}`]), { simulator: [400] }),
  row(
    "a folded header, the needle over the fold",
    [200],
    raw("GET /f", ["x-a: attack-", " needle"]),
    { simulator: [400] },
  ),
  row("a folded header, behind a tab", [403], raw("GET /f", ["x-a:", `\t${NEEDLE}`]), {
    simulator: [400],
  }),
  row(
    "a fold before the first header",
    [400],
    `${lines("GET /f HTTP/1.1", ` x: ${NEEDLE}`, "host: api.example", "")}`,
  ),
  row("empty lines before the request", [403], `\r\n\r\n${raw("GET /f", [`x-a: ${NEEDLE}`])}`),
  row(
    "two spaces in the request line",
    [403],
    `${lines(`GET  /${NEEDLE} HTTP/1.1`, "host: api.example", "")}`,
  ),
  row(
    "a tab in the request line",
    [403],
    `${lines(`GET\t/${NEEDLE} HTTP/1.1`, "host: api.example", "")}`,
    { simulator: [400] },
  ),
  row("a space in the target", [400], raw(`GET /f ${NEEDLE}`)),
  row("HTTP/0.9", [400], `GET /${NEEDLE}\r\n\r\n`),
  row("HTTP/1.2", [403], `${lines(`GET /${NEEDLE} HTTP/1.2`, "host: api.example", "")}`, {
    simulator: [400],
  }),
  row(
    "HTTP/2.0 in plain text",
    [403],
    `${lines(`GET /${NEEDLE} HTTP/2.0`, "host: api.example", "")}`,
    { simulator: [426] },
  ),
  row(
    "http/1.1 in lower case",
    [400],
    `${lines(`GET /${NEEDLE} http/1.1`, "host: api.example", "")}`,
  ),
  row("HTTP/1.0", [403], `${lines(`GET /${NEEDLE} HTTP/1.0`, "host: api.example", "")}`),
  row(
    "HTTP/1.0 that keeps the connection, twice",
    [200, 403],
    `${lines("GET /f HTTP/1.0", "host: api.example", "connection: keep-alive", "")}${inner}`,
  ),
  row("no host", [400], `${lines(`GET /${NEEDLE} HTTP/1.1`, "")}`),
  row("no host in HTTP/1.0", [400], `${lines(`GET /${NEEDLE} HTTP/1.0`, "")}`),
  row("an empty host", [403], `${lines(`GET /${NEEDLE} HTTP/1.1`, "host:", "")}`),
  row("two hosts", [403], raw("GET /f", [`host: ${NEEDLE}`])),
  row("a host that is the attack", [403], `${lines("GET /f HTTP/1.1", `host: ${NEEDLE}`, "")}`),
  row(
    "a head that never ends",
    [],
    `${lines("GET /f HTTP/1.1", "host: api.example", `x: ${NEEDLE}`)}`,
    { leavesAfter: 0 },
  ),
];
