/** What does a request pretend to be: gRPC, an upgrade, a tunnel? Only what can be one may be treated as one. */
import { chunked, chunkOf, NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const websocket = [
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];
const h2c = [
  "connection: upgrade, http2-settings",
  "upgrade: h2c",
  "http2-settings: AAMAAABkAAQAAP__",
];
const inner = raw(`GET /${NEEDLE}`);
const connect = (fields: string): string =>
  `CONNECT db.example:5432 HTTP/1.1\r\nhost: db.example:5432\r\n${fields}\r\n`;
/** HTTP/2 begins so. */
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/** A local reply to what says that it is gRPC is 200, with the status in a header of its own. */
export const GRPC: readonly Row[] = [
  "application/grpc",
  "application/grpc+json",
  "application/grpc-web",
  "Application/gRPC",
  "application/grpcx",
].flatMap((type) => {
  const status = type === "application/grpc" || type === "application/grpc+json" ? 200 : 403;
  return [
    row(
      `POST of ${type}`,
      [status],
      sized("POST /g", NEEDLE, [`content-type: ${type}`, "te: trailers"]),
    ),
    row(
      `POST of ${type} in chunks`,
      [status],
      chunked("POST /g", ["attack-", "needle"], { fields: [`content-type: ${type}`] }),
    ),
    row(`GET of ${type}`, [status], sized("GET /g", NEEDLE, [`content-type: ${type}`])),
  ];
});

export const UPGRADES: readonly Row[] = [
  row("websocket and a counted body on GET", [403], sized("GET /u", NEEDLE, websocket), {
    leavesAfter: 1,
  }),
  row("websocket and a body on POST", [403], sized("POST /u", NEEDLE, websocket), {
    leavesAfter: 1,
  }),
  row("websocket, and the attack in its path", [403], raw(`GET /${NEEDLE}`, websocket), {
    leavesAfter: 1,
  }),
  row("an upgrade to h2c with a body", [403], sized("POST /u", NEEDLE, h2c)),
  row("an upgrade to h2c, then HTTP/2", [200, 400], `${raw("GET /u", h2c)}${preface}`),
  row("an upgrade to h2c, then another request", [200, 403], `${raw("GET /u", h2c)}${inner}`),
  row(
    "an upgrade to something unknown",
    [403],
    `${raw("GET /u", ["connection: upgrade", "upgrade: smuggle"])}${inner}`,
  ),
  row(
    "an upgrade that names nothing",
    [200, 403],
    `${raw("GET /u", ["connection: upgrade"])}${inner}`,
  ),
  row(
    "an upgrade that Connection does not name",
    [200, 403],
    `${raw("GET /u", ["upgrade: websocket"])}${inner}`,
  ),
  row(
    "an upgrade that names nothing, with a body",
    [403],
    sized("GET /u", NEEDLE, ["connection: upgrade"]),
  ),
  row("HTTP/2 on the same port, in the middle", [200, 400], `${raw("GET /u")}${preface}`),
];

/** With an API that takes up none: what is sent behind the offer must not reach it. */
export const UNANSWERED: readonly Row[] = [
  row("websocket, then another request", [], [raw("GET /u", websocket), { requests: 1 }, inner], {
    leavesAfter: 0,
  }),
  row("CONNECT, then another request", [], [connect(""), { requests: 1 }, inner], {
    leavesAfter: 0,
  }),
  row("CONNECT with a counted body", [400], `${connect("content-length: 13\r\n")}${NEEDLE}`),
  row(
    "CONNECT with a body in chunks",
    [501],
    `${connect("transfer-encoding: chunked\r\n")}${chunkOf(NEEDLE)}`,
  ),
  row(
    "websocket with a body in chunks",
    [],
    [raw("GET /u", [...websocket, "transfer-encoding: chunked"]), { requests: 1 }, chunkOf(NEEDLE)],
    { leavesAfter: 0 },
  ),
];

/** An API that takes up the offer is spoken to in a protocol that nobody judges: the node is told that more flows. */
export const TAKEN: readonly Row[] = [
  row("websocket, and what is said in it", [101], [raw("GET /u", websocket), NEEDLE], {
    leavesAfter: 1,
  }),
  row(
    "websocket behind a body in chunks",
    [101],
    chunked("GET /u", [NEEDLE], { fields: websocket }),
    { leavesAfter: 1 },
  ),
  row("CONNECT, and what is said in it", [200], [connect(""), NEEDLE], {
    leavesAfter: 1,
    methods: ["CONNECT"],
  }),
];
