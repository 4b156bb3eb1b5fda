/** Which resource is asked for? Targets that a gateway, a node and an API could read in different ways. */
import { lines, NEEDLE, raw, row } from "./wire.ts";
import type { Row } from "./wire.ts";

const get = (target: string): string => raw(`GET ${target}`);

/** Told and sent on as they were written. */
const VERBATIM = [
  "//",
  "//a//b///",
  "/./a/./b/.",
  "/a/../b/..",
  "/../../etc",
  "/a/..;/b",
  "/a;x=y/b",
  "/a\\..\\b",
  "/a%2fb",
  "/a%2Fb%5cc%5C",
  "/%2e%2e/%2E%2E/a",
  "/a%00b",
  "/a%0d%0ab",
  "/a%c0%afb",
  "/a%u002e",
  "/a%",
  "/a%zz",
  "/%25%32%66",
  "/a?b=c?d=e",
  "/?",
  "/a?",
  "/?a=%00&a=b&&=",
  '/a{b}|c^d`"<>',
  "/'",
  "/[a]",
  "/@b:c",
  "/http://other.example/a",
];

/** The needle somewhere in it: the node sees it there. */
const WITH_NEEDLE = [
  `//${NEEDLE}`,
  `/./${NEEDLE}`,
  `/a/../${NEEDLE}`,
  `/..%2f${NEEDLE}`,
  `/%00${NEEDLE}`,
  `/a;${NEEDLE}`,
  `/a?${NEEDLE}`,
  `/a?b=${NEEDLE}&b=c`,
  `/${"x".repeat(8_000)}/${NEEDLE}`,
  `/?${"a=b&".repeat(10_000)}${NEEDLE}`,
  `http://other.example/${NEEDLE}`,
  `HTTP://other.example/${NEEDLE}`,
  `http://${NEEDLE}/`,
];

const REFUSED = [
  `/a#${NEEDLE}`,
  `${NEEDLE}`,
  `?${NEEDLE}`,
  `ftp://other.example/${NEEDLE}`,
  `http:///${NEEDLE}`,
  `http:/${NEEDLE}`,
  `http://`,
  `/\x01${NEEDLE}`,
  `/\0${NEEDLE}`,
  `/\x7f${NEEDLE}`,
  `/\xe4${NEEDLE}`,
  `/\xff\xfe${NEEDLE}`,
];

export const TARGETS: readonly Row[] = [
  ...VERBATIM.map((target) => row(`GET ${target}`, [200], get(target))),
  ...WITH_NEEDLE.map((target) => row(`GET ${target.slice(0, 60)}`, [403], get(target))),
  ...REFUSED.map((target) => row(`GET ${JSON.stringify(target)}`, [400], get(target))),
  row(
    "an absolute target and another host",
    [403],
    `${lines(`GET http://other.example/${NEEDLE} HTTP/1.1`, "host: api.example", "")}`,
  ),
  row("an absolute target, harmless, and another host", [200], get("http://other.example/a?b")),
  row("a target of 59 KB", [403], get(`/${"y".repeat(59_000)}${NEEDLE}`)),
  row("a target beyond the gateway's limit", [431], get(`/${"y".repeat(70_000)}${NEEDLE}`)),
  row("https without TLS", [403], get(`https://other.example/${NEEDLE}`)),
  row(
    "a password in the target, which neither node nor API is told",
    [200],
    get(`http://me:${NEEDLE}@other.example/`),
  ),
  row("an absolute target that is only a query", [404], get(`http://${NEEDLE}?a`)),
  row("GET *", [400], get("*")),
  row("OPTIONS *", [404], raw("OPTIONS *")),
];

const METHODS_TAKEN = [
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "PURGE",
  "MKCOL",
  "LINK",
  "PROPPATCH",
];
const METHODS_ODD = ["get", "G", "FOO", "GET!", "QUERY", "M-SEARCH", "HACK-IT", "X".repeat(500)];
const METHODS_BAD = ["G@T", "(GET)", "GÉT", "G\0T", `${NEEDLE}:`, "GET,"];

export const METHODS: readonly Row[] = [
  ...METHODS_TAKEN.map((method) => row(`method ${method}`, [200], raw(`${method} /m`))),
  ...METHODS_ODD.map((method) =>
    row(`method ${method.slice(0, 20)}`, [400], raw(`${method} /${NEEDLE}`)),
  ),
  ...METHODS_BAD.map((method) =>
    row(`method ${JSON.stringify(method)}`, [400], raw(`${method} /${NEEDLE}`)),
  ),
  row("a method that is the attack", [400], raw(`${NEEDLE.toUpperCase()} /m`)),
];
