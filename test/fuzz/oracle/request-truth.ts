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

/**
 * The leftmost address of the first of `lists`, headers that proxies fill, or the n-th from the right of all of them; else that of the
 * connection.
 */
export function clientAddress(lists: readonly string[], hops: number, connection: string): string {
  const elements = lists.flatMap((list) => list.split(",")).map((element) => element.trim());
  const counted = elements.filter((element) => element !== "");
  const element = hops === 0 ? elements[0] : counted[counted.length - hops];
  return (element === undefined ? undefined : addressIn(element)) ?? withoutPort(connection);
}

function addressIn(element: string): string | undefined {
  const pairs = element.split(";").map((pair) => pair.trim());
  const forwarded = pairs.find((pair) => /^for=/i.test(pair));
  let node = forwarded === undefined ? pairs[0]! : forwarded.slice(4);
  if (/^".*"$/.test(node) && node.length >= 2) node = node.slice(1, -1);
  const address = withoutPort(node);
  return isAddress(address) ? address : undefined;
}

function isAddress(text: string): boolean {
  if (isIPv4(text)) return true;
  return isIPv6(text) && !/%.*[^A-Za-z0-9._~-]/.test(text) && text.length <= 64;
}

/** A port has at most nine digits here; what it says does not matter. */
export function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](:[0-9]{1,9})?$/.exec(text);
  if (bracketed !== null) return bracketed[1]!;
  const plain = /^([^:[]*):[0-9]{1,9}$/.exec(text);
  return plain === null ? text : plain[1]!;
}
