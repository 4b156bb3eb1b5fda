/**
 * How does Envoy write the head of a request to an HTTP/1 upstream, and read the head of the answer? Framing headers are
 * chosen here: content-length as it came, otherwise chunked (seen on Envoy 1.40).
 */
import type { IncomingMessage } from "node:http";
import { HeaderMap, type HeaderEntry } from "../envoy/header-map.ts";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** A tunnel is asked for: what follows the head is not an HTTP body. */
  readonly upgrade: boolean;
  /** In their order, repeats too. */
  readonly fields: readonly HeaderEntry[];
}

/** Envoy adds `content-length: 0` to a request without body, other than for these. */
const BODYLESS_METHODS = new Set(["GET", "HEAD", "DELETE", "CONNECT", "TRACE"]);

export function requestHead(headers: HeaderMap, endStream: boolean): RequestHead {
  const method = headers.get(":method") ?? "GET";
  const authority = headers.get(":authority");
  const upgrade = method === "CONNECT" || headers.has("upgrade");
  const fields: HeaderEntry[] = authority === undefined ? [] : [["host", authority]];
  for (const [name, value] of headers) {
    const isFraming = name === "transfer-encoding" || name === "host";
    if (!name.startsWith(":") && !isFraming) fields.push([name, value]);
  }
  if (!upgrade && !headers.has("content-length")) {
    if (!endStream) fields.push(["transfer-encoding", "chunked"]);
    else if (!BODYLESS_METHODS.has(method)) fields.push(["content-length", "0"]);
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
