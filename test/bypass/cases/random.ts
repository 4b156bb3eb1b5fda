/** Which requests would nobody think of? Raw bytes from a seed: odd pieces put together at random, right and wrong framing. */
import type { RawCase } from "../support/raw-exchange.ts";
import { chunkOf, NEEDLE } from "./wire.ts";

/** mulberry32: the same numbers for the same seed, everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** True once in `times`. */
  rarely(times: number): boolean {
    return this.below(times) === 0;
  }
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE"];
const TARGETS = [
  "/",
  "/a//b",
  "/../c",
  "/%2e%2e/%00",
  "/d?e=f#",
  "//g",
  `/${NEEDLE}`,
  "http://h.example/i",
  "/\x80",
  "*",
  "/j?",
];
const VERSIONS = [
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/1.2",
  "http/1.1",
];
const FIELDS = [
  "x-a: b",
  "X-A: c",
  "cookie: a=1",
  "Cookie: b=2",
  "x-b:",
  "x-c: \x80\xff",
  "x-d: e\tf",
  "x f: g",
  "x-h : i",
  " folded",
  `x-i: ${NEEDLE}`,
  "x-forwarded-for: 1.2.3.4",
  "x-wallarm-node: 1",
  "expect: 100-continue",
  "te: trailers",
  "connection: x-a",
  "connection: keep-alive",
  "content-type: application/grpc",
  "content-encoding: gzip",
  "x-j: \0",
  "host: other.example",
  "x-original-url: /k",
  "trailer: x-t",
  "accept:",
  "x-l: m\rn",
  ":path: /o",
  "content-length: 3",
  "transfer-encoding: chunked",
];
const PIECES = [
  "abc",
  NEEDLE,
  "attack-",
  "needle",
  "",
  "0\r\n\r\n",
  "\r\n",
  "GET / HTTP/1.1\r\n",
  "x".repeat(300),
];
const SIZES = ["", "", "", "", ";a=b", " ", "\t", ";", "\n"];

function body(random: Random): readonly [fields: readonly string[], bytes: string] {
  const pieces = Array.from({ length: random.below(4) }, () => random.of(PIECES));
  const whole = pieces.join("");
  const kind = random.below(8);
  if (kind < 2) return [[], ""];
  const isRight = !random.rarely(5);
  if (kind < 5) return [[`content-length: ${isRight ? whole.length : random.below(500)}`], whole];
  const chunks = pieces
    .filter((each) => each !== "")
    .map((each) => chunkOf(each, random.of(SIZES)));
  const end = isRight
    ? "0\r\n\r\n"
    : random.of([
        "0\r\nx-t: u\r\n\r\n",
        `0\r\nx-t: ${NEEDLE}\r\n\r\n`,
        "0\n\n",
        "00\r\n\r\n",
        "0\r\n",
      ]);
  return [
    [random.of(["transfer-encoding: chunked", "Transfer-Encoding: Chunked"])],
    chunks.join("") + end,
  ];
}

function request(random: Random): string {
  const [framing, bytes] = body(random);
  const fields = Array.from({ length: random.below(4) }, () => random.of(FIELDS));
  const all = ["host: api.example", ...fields, ...framing];
  if (random.rarely(6)) all.reverse();
  const end = (): string => (random.rarely(60) ? random.of(["\n", "\r"]) : "\r\n");
  const start = `${random.of(METHODS)} ${random.of(TARGETS)} ${random.of(VERSIONS)}`;
  return `${[start, ...all].map((line) => line + end()).join("")}\r\n${bytes}`;
}

function pieces(random: Random, bytes: string): readonly string[] {
  const cuts = Array.from({ length: random.below(4) }, () => random.below(bytes.length)).sort(
    (a, b) => a - b,
  );
  return [...cuts, bytes.length]
    .map((cut, index) => bytes.slice(cuts[index - 1] ?? 0, cut))
    .filter((each) => each !== "");
}

/** The sentinel so often that no wrong length can swallow them all. */
export function randomCase(seed: number): RawCase {
  const random = new Random(seed);
  const bytes = Array.from({ length: 1 + random.below(3) }, () => request(random)).join("");
  return { name: `seed ${seed}`, bytes: pieces(random, bytes), sentinels: 40 };
}
