/** Is what the node is told, over HTTP, what the client and the API sent? Each field by docs/node-protocol.md. */
import { Find, require } from "../find.ts";
import type { Pair } from "../host/pairs.ts";
import type { Ledger } from "./ledger.ts";
import type { Value } from "./msgpack.ts";
import { clientAddress, declaredLength, first, realHost } from "./request-truth.ts";

export type Fields = ReadonlyMap<string, Value>;

export function fieldsOf(message: Value): Fields {
  if (message.kind !== "map") throw new Find("told rubbish", "a message is no map");
  const fields = new Map<string, Value>();
  for (const [key, value] of message.entries) {
    if (key.kind !== "str" || fields.has(key.text)) throw new Find("told rubbish", "odd keys");
    fields.set(key.text, value);
  }
  return fields;
}

export const text = (fields: Fields, key: string): string | undefined => {
  const value = fields.get(key);
  return value?.kind === "str" || value?.kind === "bin" ? value.text : undefined;
};
export const number = (fields: Fields, key: string): number | undefined => {
  const value = fields.get(key);
  return value?.kind === "int" ? value.value : undefined;
};
const flag = (fields: Fields, key: string): boolean | undefined => {
  const value = fields.get(key);
  return value?.kind === "bool" ? value.value : undefined;
};

/** Header lists as the contract writes them: `[[name, value], …]`. */
export function pairsOf(fields: Fields, key: string): Pair[] | undefined {
  const list = fields.get(key);
  if (list?.kind !== "array") return undefined;
  return list.items.map((item): Pair => {
    const [name, value] = item.kind === "array" ? item.items : [];
    if (name?.kind !== "str" || value?.kind !== "bin") throw new Find("told rubbish", key);
    return [name.text, value.text];
  });
}

const withoutPseudo = (headers: readonly Pair[]): Pair[] =>
  headers.filter(([name]) => !name.startsWith(":"));

/** What is not printable ASCII in a name is sent as `_`. */
const sent = (name: string): string => name.replaceAll(/[^\x20-\x7e]/g, "_");

const valuesOf = (headers: readonly Pair[], name: string): string[] =>
  headers.flatMap(([one, value]) => (one === name ? [value] : []));

function same(what: string, told: unknown, right: unknown): void {
  if (told === right) return;
  throw new Find(
    "told something else",
    `${what}: ${JSON.stringify(told)}, not ${JSON.stringify(right)}`,
  );
}

/** What the client wrote stands beside what it was turned into, and only then. */
function sameRaw(key: string, fields: Fields, right: string): void {
  const isTurned = text(fields, key) !== right;
  same(`raw_${key}`, text(fields, `raw_${key}`), isTurned ? right : undefined);
}

function samePairs(what: string, told: readonly Pair[] | undefined, right: readonly Pair[]): void {
  same(`${what}, how many`, told?.length, right.length);
  right.forEach(([name, value], i) => {
    same(`name of ${what}`, told![i]![0], sent(name));
    same(`value of ${what} ${name}`, told![i]![1], value);
  });
}

/** Part 0 of a request. */
export function checkHead(ledger: Ledger, fields: Fields): void {
  const { exchange, truth } = ledger;
  const { headers } = exchange.request.message;
  same("mode", text(fields, "mode"), truth.isSync ? "sync" : "async");
  same("time", number(fields, "time"), Number(exchange.time / 1000n));
  const method = first(headers, ":method") ?? "";
  same("method", text(fields, "method"), method.replaceAll(/[^!#$%&'*+\-.^_`|~\w]/g, "_"));
  sameRaw("method", fields, method);
  // No connection here has TLS.
  const scheme = first(headers, ":scheme") ?? "http";
  same("scheme", text(fields, "scheme"), /^https$/i.test(scheme) ? "https" : "http");
  sameRaw("scheme", fields, scheme);
  same("path", text(fields, "path"), first(headers, ":path") ?? "");
  const own = first(headers, ":authority") ?? "";
  const isOwn = truth.realHostHeader === ":authority";
  const named = isOwn ? [] : valuesOf(headers, truth.realHostHeader);
  same("host", text(fields, "host"), realHost(named, own));
  samePairs("headers", pairsOf(fields, "headers"), withoutPseudo(headers));
  if (ledger.isHelpless) return;
  same("protocol", text(fields, "protocol"), exchange.protocol);
  const lists = valuesOf(headers, truth.realIpHeader);
  const right = clientAddress(lists, truth.trustedHops, exchange.source);
  same("client_ip", text(fields, "client_ip"), right);
}

/** What any part says about the body; the stretch of it that it tells. */
export function checkPart(
  ledger: Ledger,
  fields: Fields,
  from: number,
): { to: number; last: boolean; truncated: boolean } {
  const { request } = ledger.exchange;
  const body = text(fields, "body") ?? "";
  const to = from + body.length;
  require(to <= request.seen, "told something else", () => "more bytes than were seen");
  const right = Buffer.from(request.message.body.subarray(from, to)).toString("latin1");
  require(body === right, "told something else", () => `body from ${from} to ${to}`);
  const last = flag(fields, "last");
  const truncated = flag(fields, "truncated") ?? false;
  require(last !== undefined, "told rubbish", () => "no `last`");
  const isWhole = BigInt(request.seen) === declaredLength(request.message.headers);
  const aborted = flag(fields, "aborted") ?? false;
  const isBroken = ledger.exchange.gone && !request.ended;
  require(!aborted || (last && isBroken), "told of a break that is none", () =>
    ledger.exchange.mark);
  const isEnd = request.ended || aborted || isWhole;
  require(!last || truncated || (isEnd && to === request.seen), "told an end that is none", () =>
    ledger.exchange.mark);
  // What nobody is asked about any more, as its client has gone.
  const isGivenUp = ledger.truth.isSync && text(fields, "mode") === "async";
  const mayBe = ledger.mayBeTruncated || ledger.isHelpless || isGivenUp;
  require(!truncated || mayBe, "told less than there is", () => ledger.exchange.mark);
  checkSizes(ledger, fields, to, truncated);
  checkTrailers(ledger, fields, last && !truncated);
  const isTooLong = body.length > ledger.truth.requestLimit;
  require(!isTooLong, "a part longer than its limit", () => `${body.length} bytes`);
  return { to, last, truncated };
}

function checkSizes(ledger: Ledger, fields: Fields, to: number, truncated: boolean): void {
  const size = number(fields, "body_size");
  if (size === undefined) return;
  if (!truncated) same("body_size", size, to);
  // More may have come since the message was written.
  const { seen } = ledger.exchange.request;
  require(size >= to && size <= seen, "told something else", () => `body_size ${size} of ${seen}`);
}

function checkTrailers(ledger: Ledger, fields: Fields, isLast: boolean): void {
  const { request } = ledger.exchange;
  const told = pairsOf(fields, "trailers");
  if (told !== undefined) {
    require(request.trailersCalled, "told something else", () => "trailers that never came");
    samePairs("trailers", told, withoutPseudo(request.message.trailers!));
  } else if (isLast && request.trailersCalled) {
    require(ledger.isHelpless, "told less than there is", () => "trailers are left out");
  }
}

/** `mayRepeat`: a call has failed, whose messages may be sent once more. */
export function checkResponse(ledger: Ledger, fields: Fields, mayRepeat: boolean): void {
  const { exchange, truth } = ledger;
  const way = exchange.response;
  require(way !== null, "told something else", () => "a response that never came");
  const aborted = flag(fields, "aborted") ?? false;
  require(!aborted || (exchange.gone && !way.ended), "told of a break that is none", () =>
    exchange.mark);
  if (number(fields, "part") === 1) return checkResponseEnd(ledger, fields);
  require(!ledger.isResponseTold || mayRepeat, "response told twice", () => exchange.mark);
  require(!exchange.isResponseOurs, "told of our own answer", () => exchange.mark);
  ledger.isResponseTold = true;
  same("status", number(fields, "status"), Number(first(way.message.headers, ":status")));
  samePairs("response headers", pairsOf(fields, "headers"), withoutPseudo(way.message.headers));
  const body = text(fields, "body") ?? "";
  const goesOn = flag(fields, "last") === false;
  const isTunnel = isTunnelled(ledger);
  const seen = isTunnel ? 0 : way.seen;
  if (goesOn) ledger.responseGoesOn = body.length;
  const most = truth.parsesResponses ? Math.min(truth.responseLimit, seen) : 0;
  const isRight = goesOn ? body.length <= most : body.length === most;
  require(isRight || ledger.isHelpless, "told something else", () => {
    return `${body.length} bytes of a response of ${seen}, at most ${truth.responseLimit}`;
  });
  const right = Buffer.from(way.message.body.subarray(0, body.length)).toString("latin1");
  require(body === right, "told something else", () => "body of a response");
  const size = number(fields, "body_size")!;
  // More may have come since the message was written.
  if (goesOn) require(size <= seen, "told something else", () => `body_size ${size} of ${seen}`);
  else same("body_size of a response", size, seen);
  same("truncated of a response", flag(fields, "truncated"), size > body.length);
  if (!goesOn && !isTunnel) checkResponseTrailers(ledger, fields);
}

function checkResponseEnd(ledger: Ledger, fields: Fields): void {
  const told = ledger.responseGoesOn;
  require(told !== null, "told an end that is none", () => ledger.exchange.mark);
  const { seen } = ledger.exchange.response!;
  require(!fields.has("body"), "told something else", () => "bytes of a response that goes on");
  same("body_size of a response", number(fields, "body_size"), seen);
  same("truncated of a response", flag(fields, "truncated"), seen > told);
  checkResponseTrailers(ledger, fields);
}

function checkResponseTrailers(ledger: Ledger, fields: Fields): void {
  const way = ledger.exchange.response!;
  const trailers = way.trailersCalled && !ledger.isHelpless ? way.message.trailers! : undefined;
  if (trailers !== undefined)
    samePairs("trailers", pairsOf(fields, "trailers"), withoutPseudo(trailers));
}

/** What follows the head of the response is another protocol. */
function isTunnelled({ exchange }: Ledger): boolean {
  const status = first(exchange.response!.message.headers, ":status") ?? "";
  const isConnect = first(exchange.request.message.headers, ":method") === "CONNECT";
  return status === "101" || (isConnect && /^2..$/.test(status));
}
