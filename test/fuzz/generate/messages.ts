/** What do clients and APIs send? Heads that decide something, bodies around every limit, and bytes that nobody expects. */
import type { Choices } from "../choices.ts";
import type { Message } from "../host/exchange.ts";
import type { Pair } from "../host/pairs.ts";
import type { Truth } from "../oracle/truth.ts";
import { overlong } from "./mutate.ts";
import { SECRET } from "./secret.ts";

/** Bytes of all bodies: pieces of one block, so that none has to be made. */
const POOL = new Uint8Array(4 << 20);
for (let i = 0, state = 1; i < POOL.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  POOL[i] = state >>> 24;
}

const text = (bytes: readonly number[]): string => Buffer.from(bytes).toString("latin1");

export function requestMessage(choices: Choices, truth: Truth, mark: string): Message {
  const body = bodyFor(choices, truth.requestLimit);
  const headers = requestHeaders(choices, truth, body.length);
  headers.push(["x-mark", mark]);
  return { headers, body, trailers: trailers(choices), ends: !choices.oneIn(12) };
}

/** Empty ones do not come: the host has none then. */
function trailers(choices: Choices): Pair[] | null {
  if (!choices.oneIn(8)) return null;
  return choices.oneIn(2)
    ? [["x-sum", "1"]]
    : [
        ["x-sum", value(choices)],
        ["grpc-status", "0"],
        ["x-sum", ""],
      ];
}

export function bodyFor(choices: Choices, limit: number): Uint8Array {
  // A part is a call: not thousands of them.
  const most = limit === 0 ? 9000 : limit * 12 + 1;
  const size = Math.min(bodySize(choices, limit), most);
  const from = choices.int(1024);
  return POOL.subarray(from, from + size);
}

function bodySize(choices: Choices, limit: number): number {
  const near = Math.min(limit, 5000);
  return choices.weighted<() => number>(
    [5, () => 0],
    [2, () => 1],
    [3, () => choices.int(64)],
    [5, () => Math.max(0, near * (1 + choices.int(3)) + choices.int(3) - 1)],
    [2, () => choices.int(4096)],
    [1, () => choices.pick([4095, 4096, 4097, 8192, 9000])],
  )();
}

/** Rarely needed, for they cost: bodies of megabytes. */
export function hugeBody(choices: Choices): Uint8Array {
  return POOL.subarray(0, choices.pick([65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 3 << 20]));
}

const METHODS = ["GET", "POST", "PUT", "HEAD", "CONNECT", "DELETE", "get", "OPTIONS"];

export function requestHeaders(choices: Choices, truth: Truth, length: number): Pair[] {
  const method = choices.weighted([4, "GET"], [4, "POST"], [1, choices.pick(METHODS)]);
  const headers: Pair[] = [
    [":authority", choices.oneIn(10) ? value(choices) : "api.test"],
    [":path", path(choices)],
    [":method", method],
    [":scheme", choices.oneIn(6) ? "https" : "http"],
  ];
  if (choices.oneIn(30)) headers.splice(choices.int(4), 1);
  if (choices.oneIn(4)) headers.push([truth.realIpHeader, addressList(choices)]);
  if (choices.oneIn(8)) headers.push([truth.realHostHeader, value(choices)]);
  if (choices.oneIn(5)) headers.push(["content-length", declared(choices, truth, length)]);
  for (let left = choices.int(6); left > 0; left--) headers.push(header(choices));
  if (choices.oneIn(40)) for (let i = choices.int(150); i > 0; i--) headers.push([`x-${i}`, "1"]);
  return headers;
}

/** Right, or longer than what comes; a host answers 400 itself where more comes. */
function declared(choices: Choices, truth: Truth, length: number): string {
  const text = anyLength(choices, truth, length);
  return Number(text) < length ? String(length) : text;
}

const anyLength = (choices: Choices, truth: Truth, length: number): string =>
  choices.weighted<() => string>(
    [6, () => String(length)],
    [1, () => String(truth.requestLimit + choices.int(2))],
    [
      1,
      () =>
        choices.pick([
          "0",
          "-1",
          "1e9",
          "18446744073709551616",
          "999999999999999999",
          "",
          "7x",
          "007",
        ]),
    ],
  )();

function path(choices: Choices): string {
  return choices.weighted<() => string>(
    [6, () => "/"],
    [2, () => `/a?b=${value(choices)}`],
    [1, () => `/${text(overlong(choices, "../etc"))}`],
    [1, () => `/${"x".repeat(choices.pick([30, 31, 32, 255, 256, 257, 65_535, 65_536]))}`],
  )();
}

const SECRETS = ["authorization", "cookie", "x-api-key", "proxy-authorization", "x-auth-token"];

function header(choices: Choices): Pair {
  return choices.weighted<() => Pair>(
    [4, () => [`x-${choices.int(5)}`, value(choices)]],
    [
      1,
      () => [
        "connection",
        choices.pick(["upgrade", "Upgrade", "close, UPGRADE ", "keep-alive", "upgraded"]),
      ],
    ],
    [1, () => ["upgrade", "websocket"]],
    [1, () => ["transfer-encoding", "chunked"]],
    [
      2,
      () => [
        "content-type",
        choices.pick([
          "application/grpc",
          "application/grpc+proto",
          "application/grpc-web",
          "application/json",
        ]),
      ],
    ],
    [1, () => [choices.pick(SECRETS), SECRET]],
    [
      1,
      () => [
        choices.pick(["x-wallarm-node", "x-wallarm-connector", ":x", ":status", "host", "expect"]),
        value(choices),
      ],
    ],
  )();
}

export function value(choices: Choices): string {
  return choices.weighted<() => string>(
    [4, () => "v"],
    [2, () => ""],
    [2, () => text([...choices.bytes(choices.int(12))])],
    [1, () => text(overlong(choices, "/<a"))],
    [1, () => "y".repeat(choices.pick([31, 32, 127, 128, 255, 256, 65_535, 65_536]))],
    [
      1,
      () =>
        choices.pick([
          "\xc3\xa9",
          "\xe2\x82\xac",
          "\xf0\x9f\x98\x80",
          "\xed\xa0\x80",
          "a\tb",
          "\xff",
        ]),
    ],
  )();
}

const ADDRESSES = [
  ...[
    "1.2.3.4",
    "1.2.3.4:80",
    "2001:db8::1",
    "[2001:db8::1]:80",
    "[::1]",
    "::ffff:1.2.3.4",
    "fe80::1%eth0",
  ],
  ...[
    'for="[2001:db8::1]:4711"',
    "for=192.0.2.60;proto=http",
    "proto=http;For=1.1.1.1",
    "unknown",
    "_hidden",
  ],
  ...[
    "256.1.1.1",
    "1.2.3",
    "01.2.3.4",
    "1:2:3:4:5:6:7:8:9",
    "::1::",
    "1.2.3.4:",
    "1.2.3.4:x",
    "[1.2.3.4",
  ],
];

function addressList(choices: Choices): string {
  const one = choices.pick(ADDRESSES);
  const first = choices.weighted<() => string>(
    [8, () => one],
    [1, () => text(overlong(choices, one))],
    [1, () => one.slice(0, choices.int(one.length)) + value(choices)],
  )();
  return choices.pick(["", " "]) + first + choices.pick(["", ", 9.9.9.9", ",", " ,x"]);
}

export function responseMessage(choices: Choices, truth: Truth): Message {
  const status = choices.pick(["200", "204", "404", "500", "503", "101"]);
  const headers: Pair[] = [[":status", status]];
  for (let left = choices.int(4); left > 0; left--) headers.push([`x-${left}`, value(choices)]);
  const body = bodyFor(choices, truth.responseLimit);
  return { headers, body, trailers: trailers(choices), ends: !choices.oneIn(12) };
}
