/**
 * How does Envoy write the head of a request to an HTTP/1 upstream, and read the head of the answer? Framing headers are
 * chosen here: content-length as it came, otherwise chunked (seen on Envoy 1.40).
 */
import type { IncomingMessage } from "node:http";
import { HeaderMap } from "../envoy/header-map.ts";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** A tunnel is asked for: what follows the head is not an HTTP body. */
  readonly upgrade: boolean;
  /** In order of first appearance; node:http keeps repeats of one name together. */
  readonly fields: Map<string, string | string[]>;
}

/** Envoy adds `content-length: 0` to a request without body, other than for these. */
const BODYLESS_METHODS = new Set(["GET", "HEAD", "CONNECT"]);

export function requestHead(headers: HeaderMap, endStream: boolean): RequestHead {
  const method = headers.get(":method") ?? "GET";
  const authority = headers.get(":authority");
  const upgrade = method === "CONNECT" || headers.has("upgrade");
  const fields = new Map<string, string | string[]>();
  if (authority !== undefined) fields.set("host", authority);
  for (const [name, value] of headers) {
    if (name.startsWith(":") || name === "transfer-encoding" || name === "host") continue;
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(name, [before, value]);
  }
  if (!upgrade && !fields.has("content-length")) {
    if (!endStream) fields.set("transfer-encoding", "chunked");
    else if (!BODYLESS_METHODS.has(method)) fields.set("content-length", "0");
  }
  const path = method === "CONNECT" ? (authority ?? "") : (headers.get(":path") ?? "/");
  return { method, path, upgrade, fields };
}

export interface AnswerHead {
  readonly headers: HeaderMap;
  /** The head is all there is: end of stream comes with it. */
  readonly bodyless: boolean;
}

export function answerHead(response: IncomingMessage, method: string): AnswerHead {
  const status = response.statusCode ?? 0;
  const headers = new HeaderMap([[":status", String(status)]]);
  const raw = response.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) headers.add(raw[i]!, raw[i + 1]!);
  const bodyless =
    method === "HEAD" || status === 204 || status === 304 || headers.get("content-length") === "0";
  return { headers, bodyless };
}
