/**
 * Is what reached the API what the node was asked about? Compares the two records, byte for byte, whatever the client sent;
 * each sentence that it gives back is a bypass or a lie.
 */
import type { Headers } from "../../support/http1-reader.ts";
import type { ReadRequest } from "./strict-reader.ts";
import { NEEDLE } from "./told.ts";
import type { ToldRequest } from "./told.ts";

export interface Record {
  readonly told: readonly ToldRequest[];
  readonly reached: readonly ReadRequest[];
  /** All bytes at the API's sockets. */
  readonly raw: Buffer;
  readonly faults: readonly string[];
}

export interface Rules {
  /** Verdicts are waited for, and the host holds headers: nothing of a blocked request is seen. */
  readonly holds: boolean;
  /** Bytes may flow on that the node is told it does not get. */
  readonly mayTruncate: boolean;
  /** Even the attack, if the node was told so. */
  readonly mayReach?: boolean;
}

export function findings({ told, reached, raw, faults }: Record, rules: Rules): string[] {
  const all = faults.map((fault) => `fault: ${fault}`);
  const allowed = told.filter((each) => each.blockedAt !== 0 || !rules.holds);
  let next = 0;
  for (const request of reached) {
    // In order of arrival; one that was passed and never sent on (its client left) is skipped.
    while (next < allowed.length && !isAbout(allowed[next]!, request, rules)) next++;
    const about = allowed[next++];
    if (about === undefined) all.push(`not asked about: ${request.method} ${request.path}`);
    else all.push(...compare(about, request, rules).map((each) => `${request.path}: ${each}`));
  }
  const untold = told.some((each) => each.truncated) && rules.mayReach;
  if (rules.holds && !untold && raw.includes(NEEDLE)) all.push("the attack reached the API");
  return all;
}

const isAbout = (told: ToldRequest, seen: ReadRequest, { holds }: Rules): boolean =>
  told.method === seen.method &&
  pathOf(told) === seen.path &&
  // Of one that was blocked no more than a beginning can be there; the whole one is about another.
  (!holds || told.blockedAt === undefined || !seen.complete);

/** CONNECT has no path: its target is the authority. */
const pathOf = (told: ToldRequest): string => (told.method === "CONNECT" ? told.host : told.path);

function compare(told: ToldRequest, seen: ReadRequest, rules: Rules): string[] {
  const wrong: string[] = [];
  const same = (what: string, a: unknown, b: unknown): void => {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
    if (x !== y) wrong.push(`${what}: told ${x}, reached the API ${y}`);
  };
  same("host", told.host, seen.headers.find(([name]) => name === "host")?.[1]);
  same("headers", inOrder(told.headers), inOrder(ofClient(told.headers, seen.headers)));
  wrong.push(...compareBody(told, seen, rules));
  if (!seen.complete) return wrong;
  if (!told.last && !told.truncated) wrong.push("complete, though its end was not told");
  if (told.last && !told.truncated) same("trailers", told.trailers, seen.trailers);
  return wrong;
}

function compareBody(told: ToldRequest, seen: ReadRequest, rules: Rules): string[] {
  const { body } = seen;
  if (told.blockedAt !== undefined && rules.holds) {
    const isStart = told.body.subarray(0, told.passed).subarray(0, body.length).equals(body);
    return isStart ? [] : ["blocked, and more than what had passed"];
  }
  // Of what breaks off the node hears no end; all that came of it was told.
  const isBrokenOff = !seen.complete && body.length <= told.body.length;
  if (told.truncated && !isBrokenOff) {
    if (!rules.mayTruncate) return ["truncated"];
    if (seen.complete && told.bodySize > body.length) return ["fewer bytes than were told"];
    return told.body.subarray(0, body.length).equals(body.subarray(0, told.body.length))
      ? []
      : ["another body than was told"];
  }
  const expected = seen.complete ? told.body : told.body.subarray(0, body.length);
  return expected.equals(body) ? [] : [`body: ${told.body.length} told, ${body.length} reached`];
}

/** What the gateway writes by itself when it sends a request on: framing, and its own notes. */
const OF_GATEWAY = new Set([
  "host",
  "transfer-encoding",
  "content-length",
  "x-envoy-expected-rq-timeout-ms",
]);

function ofClient(told: Headers, seen: Headers): Headers {
  const names = new Set(told.map(([name]) => name));
  return seen.filter(([name]) => name !== "host" && (names.has(name) || !OF_GATEWAY.has(name)));
}

/** Framing is the gateway's: transfer-encoding is told as it came and written anew. */
const inOrder = (headers: Headers): Headers =>
  headers.flatMap(([name, value]) =>
    name === "transfer-encoding" ? [] : [[name, trimmed(value)]],
  );

/** HTTP/2 may have spaces around a value; in HTTP/1 they are none of it. */
const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, "");
