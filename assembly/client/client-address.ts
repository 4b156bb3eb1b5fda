// What is the address of the client? The first one in the headers that proxies fill, or the one that the n-th proxy from the
// right has put there, if it is an address; else that of the connection. Anybody can write the headers, so rubbish in them
// must never do more than be passed over, nor cost more than a look at each of its bytes.
import { bytesToString, ByteWriter, HeaderPairs, StaticName } from "as-proxy-wasm";
import { isDigit, isLetter } from "../ascii";
import { ipv4End, ipv6End } from "./ip-address";

/** Bytes of such a list that are looked at: room for more than a hundred addresses. */
export const LIST_BYTES: i32 = 5120;
/** Elements of it, but for empty ones. */
const LIST_ELEMENTS: i32 = 100;
/** Bytes; RFC 4007 names no limit. */
const LONGEST_ZONE: i32 = 64;
const COMMA: i32 = 0x2c;
const QUOTE: i32 = 0x22;

/** What is looked at now; its room is used again. */
const list: ByteWriter = new ByteWriter();

/**
 * Length of the IPv4 address that such a list begins with, if nothing else stands in its first element; else 0. What nearly
 * always comes is found without copying it.
 */
export function plainAddressIn(pairs: HeaderPairs, index: i32): i32 {
  const end = pairs.valueLength(index);
  let dots = 0;
  let octet = -1;
  for (let at = 0; at < end; at++) {
    const code = i32(pairs.valueByte(index, at));
    if (isDigit(code)) {
      if (octet == 0) return 0; // a zero before it
      octet = max(octet, 0) * 10 + code - 0x30;
      if (octet > 255) return 0;
    } else if (octet >= 0 && code == 0x2e) {
      dots++;
      octet = -1;
    } else return octet >= 0 && dots == 3 && code == COMMA ? at : 0;
  }
  return octet >= 0 && dots == 3 ? end : 0;
}

/** The first address in all headers of this name, which are one list (RFC 9110 §5.3); null if there is none. */
export function firstAddress(pairs: HeaderPairs, header: StaticName): string | null {
  list.clear();
  for (let i = pairs.find(header); i >= 0; i = pairs.find(header, i + 1)) {
    pairs.writeValueRange(i, list, 0, LIST_BYTES - list.length);
    list.writeU8(COMMA);
    if (list.length > LIST_BYTES) break;
  }
  let from = 0;
  for (let element = 0; element < LIST_ELEMENTS; element++) {
    while (from < list.length && isBetween(list.byteAt(from))) from++;
    const end = elementEnd(from);
    // What was cut may look like another address.
    if (from == end || end >= LIST_BYTES) return null;
    const address = addressIn(from, end);
    if (address !== null) return address;
    from = end + 1;
  }
  return null;
}

/**
 * The n-th element from the right, if it is an address. Null also where the list is too short: then the request has not come
 * through all the proxies. Commas alone divide, and what is empty does not count (RFC 9110 §5.6.1): a quote or a comma that
 * a client has sent can't move what trusted proxies put to the right of it.
 */
export function addressFromRight(pairs: HeaderPairs, header: StaticName, n: u32): string | null {
  let room = LIST_BYTES;
  for (let i = pairs.count - 1; i >= 0 && room > 0; i--) {
    if (!pairs.isNamed(i, header)) continue;
    const length = pairs.valueLength(i);
    const cut = max(length - room, 0);
    room -= length - cut;
    list.clear();
    pairs.writeValueRange(i, list, cut, length);
    let end = lastEnd(list.length);
    while (end > 0) {
      const from = elementStart(end);
      if (--n == 0) return from > 0 || cut == 0 ? addressIn(from, end) : null;
      end = lastEnd(from);
    }
  }
  return null;
}

/** The address that an element of such a list holds, as a header's value is written. */
export function addressOf(element: string): string | null {
  list.clear();
  list.writeString(element);
  return addressIn(0, list.length);
}

/** What a gateway says of a connection: an address, mostly with its port. Empty where it is none: a socket's path, say. */
export function connectionAddress(source: ArrayBuffer): string {
  list.clear();
  list.writeBytes(source);
  const address = plainIn(0, list.length);
  return address === null ? "" : address;
}

/**
 * Is this no connection's address, but one that the gateway has taken from X-Forwarded-For? Those have port 0, which no
 * connection has (Envoy without `use_remote_address`; test/scenarios/trusted-hops.test.ts shows it).
 */
export function isTakenFromHeader(source: ArrayBuffer): bool {
  list.clear();
  list.writeBytes(source);
  const end = list.length - 2;
  if (list.byteAt(end) != 0x3a || list.byteAt(end + 1) != 0x30) return false;
  return list.byteAt(end - 1) == 0x5d || ipv4End(list, 0) == end;
}

function elementEnd(from: i32): i32 {
  let end = from;
  while (end < list.length && list.byteAt(end) != COMMA) end++;
  return end;
}

function elementStart(end: i32): i32 {
  let from = end;
  while (from > 0 && list.byteAt(from - 1) != COMMA) from--;
  return from;
}

/** Where the last element before `end` ends; 0 if there is none that is not empty. */
function lastEnd(end: i32): i32 {
  while (end > 0 && isBetween(list.byteAt(end - 1))) end--;
  return end;
}

/** Commas and blanks: what is between two elements, and all that an empty one has. */
export function isBetween(code: i32): bool {
  return code == COMMA || isBlankByte(code);
}

/**
 * The address in one element. Understands `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]:80`, and `for=` of RFC 7239,
 * whose pairs may stand in any order; of another text with `;` what is before the first.
 */
function addressIn(from: i32, end: i32): string | null {
  let first = end;
  for (let pair = from; pair < end;) {
    const start = skipBlanks(pair, end);
    let next = start;
    while (next < end && list.byteAt(next) != 0x3b) next++;
    if (isFor(start)) return unquoted(start + 4, next);
    if (pair == from) first = next;
    pair = next + 1;
  }
  return unquoted(skipBlanks(from, first), first);
}

function isFor(at: i32): bool {
  return (
    (list.byteAt(at) | 0x20) == 0x66 &&
    (list.byteAt(at + 1) | 0x20) == 0x6f &&
    (list.byteAt(at + 2) | 0x20) == 0x72 &&
    list.byteAt(at + 3) == 0x3d
  );
}

function unquoted(from: i32, end: i32): string | null {
  while (end > from && isBlankByte(list.byteAt(end - 1))) end--;
  const isQuoted = end - from >= 2 && list.byteAt(from) == QUOTE && list.byteAt(end - 1) == QUOTE;
  return isQuoted ? plainIn(from + 1, end - 1) : plainIn(from, end);
}

/** Written plain, without the port, the zone and the brackets that it may have. */
function plainIn(from: i32, end: i32): string | null {
  const hasBrackets = list.byteAt(from) == 0x5b;
  const start = hasBrackets ? from + 1 : from;
  const v4 = ipv4End(list, start);
  const to = v4 >= 0 ? v4 : ipv6End(list, start);
  if (to < 0) return null;
  let rest = v4 >= 0 ? to : zoneEnd(to);
  if (hasBrackets && list.byteAt(rest++) != 0x5d) return null;
  // Without brackets a colon behind an IPv6 address would be a part of it.
  if (v4 >= 0 || hasBrackets) rest = portEnd(rest);
  return rest == end ? bytesToString(list.toArrayBuffer(), start, to - start) : null;
}

/** RFC 6874 §2, without its percent encoding: nothing that means something in a log or a page. */
function zoneEnd(at: i32): i32 {
  if (list.byteAt(at) != 0x25) return at;
  let end = at + 1;
  while (end - at <= LONGEST_ZONE && isZoneByte(list.byteAt(end))) end++;
  return end > at + 1 ? end : at;
}

function isZoneByte(code: i32): bool {
  return (
    isLetter(code) || isDigit(code) || code == 0x2d || code == 0x2e || code == 0x5f || code == 0x7e
  );
}

/** At most nine digits behind a colon. */
function portEnd(at: i32): i32 {
  if (list.byteAt(at) != 0x3a) return at;
  let end = at + 1;
  while (end - at <= 9 && isDigit(list.byteAt(end))) end++;
  return end > at + 1 ? end : at;
}

function skipBlanks(at: i32, end: i32): i32 {
  while (at < end && isBlankByte(list.byteAt(at))) at++;
  return at;
}

function isBlankByte(code: i32): bool {
  return code == 0x20 || code == 0x09;
}
