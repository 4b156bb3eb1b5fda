/** What do headers say, and who reads them? Names in odd case, repeats, bytes that are no text, spoofed ones, those that hop. */
import { NEEDLE, raw, row, sized } from "./wire.ts";
import type { Row } from "./wire.ts";

const get = (...fields: readonly string[]): string => raw("GET /h", fields);
const bytes = (from: number, to: number): string =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

export const FIELDS: readonly Row[] = [
  row("names in odd case", [200], get("X-OdD-CaSe: A", "x-oDd-cAsE: b", "COOKIE: c=d")),
  row("the attack in a name in odd case", [403], get(`X-ATTACK-NEEDLE: a`)),
  row("the attack in a repeated header, last", [403], get("x-a: 1", "x-b: 2", `x-a: ${NEEDLE}`)),
  row("three cookies", [200], get("cookie: a=1; b=2", "cookie: a=3", "cookie: c=4")),
  row(
    "the attack in the last of three cookies",
    [403],
    get("cookie: a=1", "cookie: a=2", `cookie: a=${NEEDLE}`),
  ),
  row("an attack over two cookie headers", [200], get("cookie: a=attack-", "cookie: needle")),
  row(
    "repeated authorization, user-agent, accept",
    [200],
    get(
      "authorization: a",
      "authorization: b",
      "user-agent: c",
      "user-agent: d",
      "accept: e",
      "accept: f",
    ),
  ),
  row("empty values", [200], get("x-a:", "x-b: ", "x-a:\t")),
  row("values with spaces around", [200], get("x-a:   b   ", "x-b:\tc\t ")),
  row("values that are no UTF-8", [200], get(`x-a: ${bytes(128, 255)}`, "x-b: \xc3\x28 \xf0\x9f")),
  row("values that are no UTF-8, before a body", [200], sized("POST /h", "abc", ["x-a: \x80\xff"])),
  row("the attack behind bytes that are no UTF-8", [403], get(`x-a: \xff\xfe\xc0${NEEDLE}`)),
  row("control characters in a value", [400], get(`x-a: ${bytes(1, 8)}${NEEDLE}`)),
  row("DEL in a value", [400], get(`x-a: \x7f${NEEDLE}`)),
  row("a tab in a value", [403], get(`x-a: b\t${NEEDLE}`)),
  row("odd characters in a name", [403], get(`x!#$%&'*+.^_\`|~a: ${NEEDLE}`)),
  row("a name that begins with a colon", [400], get(`:path: /${NEEDLE}`)),
  row("a name of bytes above 127", [400], get(`x-\xe4: ${NEEDLE}`)),
  row("a value of 50 KB", [403], get(`x-a: ${"v".repeat(50_000)}${NEEDLE}`)),
  row("a name of 10 KB", [403], get(`x-${"n".repeat(10_000)}: ${NEEDLE}`)),
  row(
    "100 headers",
    [403],
    get(...Array.from({ length: 98 }, (_, i) => `x-${i}: v`), `x-last: ${NEEDLE}`),
  ),
  row(
    "101 headers",
    [431],
    get(...Array.from({ length: 99 }, (_, i) => `x-${i}: v`), `x-last: ${NEEDLE}`),
  ),
  row(
    "64 KB of headers",
    [431],
    get(
      ...Array.from({ length: 64 }, (_, i) => `x-${i}: ${"v".repeat(1000)}`),
      `x-last: ${NEEDLE}`,
    ),
  ),
];

/** For a gateway that takes 2000 fields and 512 KB. */
export const MANY: readonly Row[] = [
  row(
    "1500 headers, the last one the attack",
    [403],
    get(...Array.from({ length: 1500 }, (_, i) => `x-${i}: v`), `x-last: ${NEEDLE}`),
  ),
  row("1500 headers", [200], get(...Array.from({ length: 1500 }, (_, i) => `X-${i % 7}: ${i}`))),
  row("a value of 400 KB", [403], get(`x-a: ${"v".repeat(400_000)}${NEEDLE}`)),
  row("a harmless value of 400 KB", [200], get(`x-a: ${"v".repeat(400_000)}`)),
  row("a path of 400 KB", [403], raw(`GET /${"p".repeat(400_000)}${NEEDLE}`)),
  row("more headers than that", [431], get(...Array.from({ length: 2100 }, (_, i) => `x-${i}: v`))),
];
