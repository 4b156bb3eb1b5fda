/** What is true of a request, by its headers alone? Worked out apart from the policy, from the RFCs and docs/configuration.md. */
import { isIPv4, isIPv6 } from "node:net";
import type { Pair } from "../host/pairs.ts";

export const first = (headers: readonly Pair[], name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

/** Could what follows the head be another protocol? CONNECT, or GET that asks for an upgrade and has no sign of a body. */
export function isUpgrade(headers: readonly Pair[]): boolean {
  const method = first(headers, ":method");
  if (method === "CONNECT") return true;
  if (method !== "GET") return false;
  if (first(headers, "content-length") !== undefined) return false;
  if (first(headers, "transfer-encoding") !== undefined) return false;
  const tokens = (first(headers, "connection") ?? "").split(",");
  return tokens.some((token) => token.trim().toLowerCase() === "upgrade");
}

/** The declared length of the body; undefined if it is no plain number. */
export function declaredLength(headers: readonly Pair[]): bigint | undefined {
  const text = first(headers, "content-length");
  return text !== undefined && /^[0-9]{1,18}$/.test(text) ? BigInt(text) : undefined;
}

/** Bytes of a list that are looked at (docs/configuration.md). */
const LOOKED_AT = 5120;
const trimmed = (text: string): string => text.replaceAll(/^[ \t]+|[ \t]+$/g, "");
const elementsOf = (list: string): string[] =>
  list
    .split(",")
    .map(trimmed)
    .filter((element) => element !== "");

/** The first address in `lists`, headers that proxies fill, or the n-th element from the right of all of them; else that of the connection. */
export function clientAddress(lists: readonly string[], hops: number, connection: string): string {
  const found = hops === 0 ? firstAddress(lists.join()) : addressFromRight(lists.join(), hops);
  return found ?? plain(withoutPort(connection)) ?? "";
}

function firstAddress(list: string): string | undefined {
  const whole = list.length < LOOKED_AT ? list : list.slice(0, LOOKED_AT).replace(/[^,]*$/, "");
  return elementsOf(whole)
    .slice(0, 100)
    .map(addressIn)
    .find((address) => address !== undefined);
}

function addressFromRight(list: string, hops: number): string | undefined {
  const whole = list.length <= LOOKED_AT ? list : list.slice(-LOOKED_AT).replace(/^[^,]*/, "");
  return addressIn(elementsOf(whole).at(-hops) ?? "");
}

function addressIn(element: string): string | undefined {
  const pairs = element.split(";").map(trimmed);
  const forwarded = pairs.find((pair) => /^for=/i.test(pair));
  let node = forwarded === undefined ? pairs[0]! : forwarded.slice(4);
  if (/^".*"$/.test(node) && node.length >= 2) node = node.slice(1, -1);
  return plain(withoutPort(node));
}

/** Without its zone. */
function plain(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const [address, zone] = text.split(/%(.*)/s);
  return isIPv6(address!) && (zone === undefined || /^[\w.~-]{1,64}$/.test(zone))
    ? address
    : undefined;
}

/** The first host of `lists` that is not empty, else the client's. */
export function realHost(lists: readonly string[], own: string): string {
  const list = lists.join();
  if (list.length < LOOKED_AT) return elementsOf(list)[0] ?? own;
  return elementsOf(list.slice(0, LOOKED_AT).replace(/[^,]*$/, ""))[0] ?? own;
}

/** A port has at most nine digits here; what it says does not matter. */
export function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](:[0-9]{1,9})?$/.exec(text);
  if (bracketed !== null) return bracketed[1]!;
  const plain = /^([^:[]*):[0-9]{1,9}$/.exec(text);
  return plain === null ? text : plain[1]!;
}
