/** What can be said in HTTP/2 that HTTP/1.1 has no words for? Pseudo headers at will, odd bytes, lengths that lie, pieces of blocks. */
import type { Ending, Field, Request } from "../support/http2-frames.ts";
import { NEEDLE } from "./wire.ts";

export interface Http2Row extends Request {
  readonly name: string;
  readonly ending: Ending;
}

const head = (path: string, method = "GET"): readonly Field[] => [
  [":method", method],
  [":scheme", "http"],
  [":authority", "api.example"],
  [":path", path],
];

const row = (
  name: string,
  ending: Ending,
  fields: readonly Field[],
  more: Omit<Request, "fields"> = {},
): Http2Row => ({ name, ending, fields, ...more });

/** The ordinary pseudo headers, of which some are left out or told otherwise. */
const pseudo = (changes: Readonly<Record<string, string | undefined>>): readonly Field[] =>
  head(`/${NEEDLE}`).flatMap(([name, value]) => {
    const told = name in changes ? changes[name] : value;
    return told === undefined ? [] : [[name, told] as const];
  });

const PSEUDO: readonly Http2Row[] = [
  row("a harmless request", "answered", head("/ok")),
  row("the attack in the path", "answered", head(`/${NEEDLE}`)),
  row("the attack as authority", "answered", [...pseudo({ ":path": "/a", ":authority": NEEDLE })]),
  row("authority and another host", "answered", [...head("/ok"), ["host", "other.example"]]),
  row("authority, and the attack as host", "answered", [...head("/ok"), ["host", NEEDLE]]),
  row("host without authority", "answered", [
    ...pseudo({ ":authority": undefined }),
    ["host", "api.example"],
  ]),
  row("neither host nor authority", "gone", pseudo({ ":authority": undefined })),
  row("two authorities", "gone", [...head(`/${NEEDLE}`), [":authority", "b"]]),
  row("two paths", "gone", [...head("/ok"), [":path", `/${NEEDLE}`]]),
  row("two methods", "gone", [...head(`/${NEEDLE}`), [":method", "GET"]]),
  row("no path", "gone", pseudo({ ":path": undefined })),
  row("an empty path", "gone", pseudo({ ":path": "" })),
  row("no method", "gone", pseudo({ ":method": undefined })),
  row("no scheme", "gone", pseudo({ ":scheme": undefined })),
  row("the scheme https without TLS", "answered", pseudo({ ":scheme": "https" })),
  row("an odd scheme", "answered", pseudo({ ":scheme": "gopher" })),
  row("a scheme that is a URL", "gone", pseudo({ ":scheme": `http://x/${NEEDLE}?` })),
  row("an unknown pseudo header", "gone", [...head(`/${NEEDLE}`), [":odd", "a"]]),
  row(":status of a client", "gone", [...head(`/${NEEDLE}`), [":status", "200"]]),
  row("a pseudo header behind a field", "gone", [
    ...head(`/${NEEDLE}`).slice(0, 3),
    ["x-a", "b"],
    [":path", `/${NEEDLE}`],
  ]),
  ...["/\x80\xff", "/a#b", "/a\\b", "//", "/../a", "/%00"].map((path) =>
    row(
      `path ${JSON.stringify(path)} and the attack`,
      "answered" as const,
      pseudo({ ":path": `${path}${NEEDLE}` }),
    ),
  ),
  ...["/a b", "/a\tb", "/\x7f", "/a\rb", "/a\nb", "/\0", "a", "http://other.example/", "*"].map(
    (path) =>
      row(
        `path ${JSON.stringify(path)} and the attack`,
        "gone" as const,
        pseudo({ ":path": `${path}${NEEDLE}` }),
      ),
  ),
  ...["GE T", "GET\0", "", "GET /b HTTP/1.1\r\nx:"].map((method) =>
    row(`method ${JSON.stringify(method)}`, "gone" as const, pseudo({ ":method": method })),
  ),
  row("method foo", "answered", pseudo({ ":method": "foo" })),
  ...["a b", "a\r\nb: c", "me:pw@a", "a/b", "a?b", "a#b"].map((authority) =>
    row(
      `authority ${JSON.stringify(authority)}`,
      "gone" as const,
      pseudo({ ":authority": authority }),
    ),
  ),
];

const FIELDS: readonly Http2Row[] = [
  row("a name in upper case", "gone", [...head("/ok"), ["X-A", NEEDLE]]),
  row("a name with a colon", "gone", [...head("/ok"), ["x:a", NEEDLE]]),
  row("a name with a space", "gone", [...head("/ok"), ["x a", NEEDLE]]),
  row("an empty name", "gone", [...head("/ok"), ["", NEEDLE]]),
  row("a value with CR LF", "gone", [...head("/ok"), ["x-a", `b\r\nx-b: ${NEEDLE}`]]),
  row("a value with LF", "gone", [...head("/ok"), ["x-a", `b\n${NEEDLE}`]]),
  row("a value with NUL", "gone", [...head("/ok"), ["x-a", `b\0${NEEDLE}`]]),
  row("a value that is no UTF-8", "answered", [...head("/ok"), ["x-a", `\x80\xff${NEEDLE}`]]),
  row("a value with spaces around", "answered", [...head("/ok"), ["x-a", " b "]]),
  row("cookies in crumbs, the attack over two", "answered", [
    ...head("/ok"),
    ["cookie", "a=1"],
    ["cookie", NEEDLE],
  ]),
  row("connection", "gone", [...head("/ok"), ["connection", "x-a"], ["x-a", NEEDLE]]),
  row("transfer-encoding", "gone", [...head("/ok", "POST"), ["transfer-encoding", "chunked"]], {
    body: [`0\r\n\r\n${NEEDLE}`],
  }),
  row("upgrade", "gone", [...head("/ok"), ["upgrade", "websocket"], ["connection", "upgrade"]]),
  row("te of another value", "gone", [...head("/ok"), ["te", NEEDLE]]),
  row(
    "a block of fields in five frames",
    "answered",
    [...head("/ok"), ["x-a", `${"v".repeat(2000)}${NEEDLE}`]],
    { blocks: 5 },
  ),
  row(
    "70 KB of fields in frames",
    "reset",
    [
      ...head("/ok"),
      ...Array.from({ length: 70 }, (_, i) => [`x-${i}`, "v".repeat(1000)] as const),
      ["x-a", NEEDLE],
    ],
    { blocks: 10 },
  ),
  row("x-wallarm headers", "answered", [
    ...head("/ok"),
    ["x-wallarm-node", "off"],
    ["x-a", NEEDLE],
  ]),
];

const BODIES: readonly Http2Row[] = [
  row("the attack over frames of one byte", "answered", head("/b", "POST"), { body: [...NEEDLE] }),
  row("the attack behind an empty frame", "answered", head("/b", "POST"), {
    body: ["", NEEDLE],
  }),
  row("a body on GET", "answered", head("/b"), { body: [NEEDLE] }),
  row(
    "a content-length that is too small",
    "reset",
    [...head("/b", "POST"), ["content-length", "3"]],
    { body: [NEEDLE] },
  ),
  row(
    "a content-length that is too large",
    "reset",
    [...head("/b", "POST"), ["content-length", "300"]],
    { body: [NEEDLE] },
  ),
  row(
    "a content-length of 0 and a body",
    "reset",
    [...head("/b", "POST"), ["content-length", "0"]],
    { body: [NEEDLE] },
  ),
  row(
    "two content-lengths",
    "gone",
    [...head("/b", "POST"), ["content-length", "13"], ["content-length", "3"]],
    { body: [NEEDLE] },
  ),
  row(
    "a content-length that is right",
    "answered",
    [...head("/b", "POST"), ["content-length", "13"]],
    { body: [NEEDLE] },
  ),
  row("the attack in a trailer", "answered", head("/b", "POST"), {
    body: ["abc"],
    trailers: [["x-a", NEEDLE]],
  }),
  row("harmless trailers", "answered", head("/b", "POST"), {
    body: ["abc"],
    trailers: [
      ["x-a", "b"],
      ["x-a", "c"],
    ],
  }),
  row("a pseudo header in trailers", "gone", head("/b", "POST"), {
    body: ["abc"],
    trailers: [[":path", `/${NEEDLE}`]],
  }),
  row("content-length in trailers", "gone", head("/b", "POST"), {
    body: ["abc"],
    trailers: [["content-length", "100"]],
  }),
  ...["application/grpc", "application/grpc+proto", "application/grpc-web+proto"].flatMap(
    (type) => [
      row(
        `${type} that is none`,
        "answered" as const,
        [...head("/b", "POST"), ["content-type", type], ["te", "trailers"]],
        { body: [NEEDLE] },
      ),
      row(
        `${type} cut in two`,
        "answered" as const,
        [...head("/b", "POST"), ["content-type", type]],
        { body: ["attack-", "needle"] },
      ),
      row(
        `${type} with the attack in its trailers`,
        "answered" as const,
        [...head("/b", "POST"), ["content-type", type]],
        { body: ["abc"], trailers: [["x-a", NEEDLE]] },
      ),
    ],
  ),
  row("CONNECT with a path", "gone", [...head(`/${NEEDLE}`, "CONNECT")]),
  row(
    "a websocket that the API does not take up (RFC 8441)",
    "left",
    [...head("/b", "CONNECT"), [":protocol", "websocket"]],
    { body: [`GET /${NEEDLE} HTTP/1.1\r\nhost: a\r\n\r\n`], neverEnds: true },
  ),
  row(
    "a protocol that nobody knows (RFC 8441)",
    "gone",
    [...head("/b", "CONNECT"), [":protocol", "smuggle"]],
    { body: [NEEDLE], neverEnds: true },
  ),
];

const ALL = [...PSEUDO, ...FIELDS, ...BODIES];

/** For which Envoy closes the connection, a second later: no filter sees them. */
export const REFUSED: readonly Http2Row[] = ALL.filter((each) => each.ending === "gone");
export const TAKEN: readonly Http2Row[] = ALL.filter((each) => each.ending !== "gone");
