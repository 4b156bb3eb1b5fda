/** What does a client write into a request that is for the gateway, or behind it? Spoofed headers, those that hop, trailers. */
import { chunked, lines, NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const get = (...fields: readonly string[]): string => raw("GET /h", fields);

/** A client says what the gateway or the node says otherwise. */
export const SPOOFED: readonly Row[] = [
  ...[
    "x-wallarm-node",
    "x-wallarm-connector",
    "x-wallarm-mode",
    "x-wallarm-request-id",
    "x-wallarm-action",
  ].map((name) => row(`${name} from the client`, [403], get(`${name}: off`, `x-a: ${NEEDLE}`))),
  row(
    "addresses from the client",
    [403],
    get(
      "x-forwarded-for: 127.0.0.1",
      "x-real-ip: 127.0.0.1",
      "true-client-ip: ::1",
      "forwarded: for=127.0.0.1",
      `x-a: ${NEEDLE}`,
    ),
  ),
  row("the attack as an address", [403], get(`x-forwarded-for: ${NEEDLE}`)),
  row(
    "hosts from the client",
    [403],
    get("x-forwarded-host: localhost", "x-host: localhost", `x-a: ${NEEDLE}`),
  ),
  row(
    "paths and methods from the client",
    [403],
    sized("POST /h", NEEDLE, [
      "x-original-url: /static",
      "x-rewrite-url: /static",
      "x-http-method-override: GET",
      "x-envoy-original-path: /static",
    ]),
  ),
  row("a request id from the client", [403], get("x-request-id: a", `x-a: ${NEEDLE}`)),
  row(
    "a request id that is a UUID",
    [403],
    get("x-request-id: 123e4567-e89b-12d3-a456-426614174000", `x-a: ${NEEDLE}`),
  ),
  row(
    "headers that steer Envoy",
    [403],
    get(
      "x-envoy-internal: true",
      "x-envoy-retry-on: 5xx",
      "x-envoy-upstream-rq-timeout-ms: 1",
      "x-envoy-force-trace: true",
      `x-a: ${NEEDLE}`,
    ),
  ),
  row(
    "headers that steer Envoy, harmless",
    [200],
    get(
      "x-envoy-internal: true",
      "x-envoy-decorator-operation: x",
      "x-envoy-peer-metadata: x",
      "x-envoy-hedge-on-per-try-timeout: true",
    ),
  ),
  row("x-forwarded-proto: https", [403], get("x-forwarded-proto: https", `x-a: ${NEEDLE}`)),
  row(
    "x-forwarded-proto of an odd scheme",
    [403],
    get("x-forwarded-proto: gopher", `x-a: ${NEEDLE}`),
  ),
];

/** Fields that are for the gateway alone: what it takes off, neither node nor API sees. */
export const HOPS: readonly Row[] = [
  row(
    "Connection names a header, with the attack in it",
    [200],
    get("connection: x-a", `x-a: ${NEEDLE}`),
  ),
  row(
    "Connection names content-length",
    [403],
    sized("POST /h", NEEDLE, ["connection: content-length"]),
  ),
  row(
    "Connection names transfer-encoding",
    [403],
    chunked("POST /h", [NEEDLE], { fields: ["connection: transfer-encoding"] }),
  ),
  row("Connection names host", [400], get("connection: host", `x-a: ${NEEDLE}`)),
  row(
    "Connection names x-forwarded-for",
    [400],
    get("connection: x-forwarded-for", "x-forwarded-for: 1.2.3.4", `x-a: ${NEEDLE}`),
  ),
  row(
    "Connection names cookie and authorization",
    [200],
    get("connection: cookie, authorization", "cookie: a", "authorization: b"),
  ),
  row(
    "Connection names itself and pseudo headers",
    [400],
    get("connection: connection, :path, :authority", `x-a: ${NEEDLE}`),
  ),
  row(
    "keep-alive, te, proxy-connection",
    [200],
    get("keep-alive: 5", "te: gzip, trailers", "proxy-connection: close", "proxy-authorization: x"),
  ),
  row("trailer announced, and none there", [200], sized("POST /h", "abc", ["trailer: x-sum"])),
  row("trailer announced on GET", [200], get("trailer: x-sum")),
  row(
    "trailer announced",
    [200],
    chunked("POST /h", ["abc"], { fields: ["trailer: x-sum"], trailers: ["x-sum: 1"] }),
  ),
];

export const TRAILERS: readonly Row[] = [
  row(
    "the attack in a trailer",
    [403],
    chunked("POST /t", ["abc"], { trailers: [`x-a: ${NEEDLE}`] }),
  ),
  row(
    "the attack in the last of many trailers",
    [403],
    chunked("POST /t", ["abc"], {
      trailers: [...Array.from({ length: 50 }, (_, i) => `x-${i}: v`), `x-a: ${NEEDLE}`],
    }),
  ),
  row(
    "the attack in a trailer's name",
    [403],
    chunked("POST /t", ["abc"], { trailers: [`${NEEDLE}: a`] }),
  ),
  row(
    "the attack in a trailer of a request without body",
    [403],
    chunked("POST /t", [], { trailers: [`x-a: ${NEEDLE}`] }),
  ),
  row(
    "the attack in a trailer on GET",
    [403],
    chunked("GET /t", [], { trailers: [`x-a: ${NEEDLE}`] }),
  ),
  row(
    "repeated trailers",
    [200],
    chunked("POST /t", ["abc"], { trailers: ["x-a: 1", "X-A: 2", "x-b:", "x-a: \xff"] }),
  ),
  row(
    "trailers that would frame the request",
    [200],
    chunked("POST /t", ["abc"], {
      trailers: ["content-length: 100", "transfer-encoding: gzip", "host: other.example"],
    }),
    { simulator: [400] },
  ),
  row(
    "trailers that name pseudo headers",
    [400],
    chunked("POST /t", ["abc"], { trailers: [`:path: /${NEEDLE}`] }),
  ),
  row(
    "a folded trailer",
    [403],
    chunked("POST /t", ["abc"], { trailers: ["x-a: b", ` ${NEEDLE}`] }),
    { simulator: [400] },
  ),
  row(
    "a trailer with a NUL",
    [400],
    chunked("POST /t", ["abc"], { trailers: [`x-a: \0${NEEDLE}`] }),
  ),
  row("a trailer without a colon", [400], chunked("POST /t", ["abc"], { trailers: [NEEDLE] })),
  row(
    "more trailers than the gateway takes",
    [431],
    chunked("POST /t", ["abc"], {
      trailers: Array.from({ length: 200 }, (_, i) => `x-${i}: ${NEEDLE}`),
    }),
  ),
  row(
    "trailers behind a body that is counted",
    [200, 400],
    `${sized("POST /t", "abc")}${lines(`x-a: ${NEEDLE}`, "")}`,
  ),
];
