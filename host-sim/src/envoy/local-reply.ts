/** What does an answer look like that Envoy, or a filter, makes itself? (Envoy: Http::Utility::prepareLocalReply) */
import { utf8ToBytes } from "../wasm/byte-string.ts";
import type { LocalReply } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";

export interface PreparedReply {
  readonly headers: HeaderMap;
  /** `null`: the headers end the stream. */
  readonly body: Uint8Array | null;
}

export interface ReplyTo {
  readonly isHead: boolean;
  readonly isGrpc: boolean;
}

export function prepareLocalReply(reply: LocalReply, to: ReplyTo): PreparedReply {
  const headers = new HeaderMap([[":status", String(reply.code)]], "response");
  for (const [name, value] of reply.headers) headers.add(name, value);
  const body = typeof reply.body === "string" ? utf8ToBytes(reply.body) : reply.body;
  return to.isGrpc ? grpcReply(reply, headers, body) : plainReply(headers, body, to.isHead);
}

function plainReply(headers: HeaderMap, body: Uint8Array, isHead: boolean): PreparedReply {
  if (body.length === 0) {
    headers.remove("content-length");
    headers.remove("content-type");
    return { headers, body: null };
  }
  headers.set("content-length", String(body.length));
  if (!headers.has("content-type")) headers.add("content-type", "text/plain");
  return { headers, body: isHead ? null : body };
}

function grpcReply(reply: LocalReply, headers: HeaderMap, body: Uint8Array): PreparedReply {
  headers.set(":status", "200");
  headers.set("content-type", "application/grpc");
  if (!headers.getFirst("grpc-status")) {
    headers.set("grpc-status", String(reply.grpcStatus ?? httpToGrpcStatus(reply.code)));
  }
  if (body.length > 0) headers.set("grpc-message", percentEncode(body));
  headers.remove("content-length");
  return { headers, body: null };
}

/** Envoy: Grpc::Utility::httpToGrpcStatus. */
export function httpToGrpcStatus(code: number): number {
  const known: Record<number, number> = {
    400: 13,
    401: 16,
    403: 7,
    404: 12,
    429: 14,
    502: 14,
    503: 14,
    504: 14,
  };
  return known[code] ?? 2;
}

/** Envoy's PercentEncoding::encode: control bytes, bytes beyond ASCII, and the percent sign. */
function percentEncode(body: Uint8Array): string {
  let text = "";
  for (const byte of body) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x25;
    text += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

export function isGrpcRequest(headers: HeaderMap): boolean {
  const type = headers.getFirst("content-type");
  return type !== undefined && /^application\/grpc($|\+)/.test(type);
}
