/** How are headers written for an HTTP/2 peer, and read from one? Names and values are bytes, one char each, as everywhere. */
import type { OutgoingHttpHeaders } from "node:http2";
import { HeaderMap } from "../envoy/header-map.ts";

/** RFC 9113, 8.2.2: these belong to a connection of HTTP/1. */
const CONNECTION_HEADERS = new Set([
  "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host",
]); // prettier-ignore

/** Repeats of one name come together, at the place of the first; node:http2 sends each by itself. */
export function http2RequestHead(headers: HeaderMap): OutgoingHttpHeaders {
  if (headers.has("upgrade") || headers.get(":method") === "CONNECT") {
    throw new Error("upgrades and CONNECT are not sent over HTTP/2");
  }
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    if (CONNECTION_HEADERS.has(name) || (name === "te" && value !== "trailers")) continue;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

/** `raw` is names and values in turn, as they came. */
export function http2Fields(raw: readonly string[]): HeaderMap {
  const fields = new HeaderMap();
  for (let i = 0; i + 1 < raw.length; i += 2) fields.add(raw[i]!, raw[i + 1]!);
  return fields;
}
