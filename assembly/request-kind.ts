// What kind of request is this, as far as holding it goes? Each kind is told by what can't be pretended: a request that
// only looks like gRPC or like an upgrade is held like any other.
import { lowerCase } from "./ascii";
import { HeaderPairs, StaticName } from "as-proxy-wasm";
import { RequestHead } from "./request-head";

export enum RequestKind {
  /** Held until a part of its body is complete. */
  Ordinary,
  /** Client and server may wait for each other's messages: what came is asked about and goes on at once. */
  Stream,
  /** Judged on its headers: what follows is another protocol, not a body. */
  Upgrade,
  /** The same, and any answer that grants it begins the other protocol. */
  Connect,
}

const CONTENT_TYPE = StaticName.of("content-type");
const CONTENT_LENGTH = StaticName.of("content-length");
const TRANSFER_ENCODING = StaticName.of("transfer-encoding");
const CONNECTION = StaticName.of("connection");
const TRAILER = StaticName.of("trailer");
const TE = StaticName.of("te");
const GRPC = "application/grpc";
const CONNECT = "application/connect+";
/** Characters; a longer one is none of these. */
const LONGEST_MEDIA_TYPE: i32 = 256;

export function requestKind(head: RequestHead): RequestKind {
  if (head.method >= 0 && head.pairs.valueEquals(head.method, "CONNECT"))
    return RequestKind.Connect;
  if (isUpgrade(head)) return RequestKind.Upgrade;
  if (isStream(head)) return RequestKind.Stream;
  return RequestKind.Ordinary;
}

/** The declared length of the body in bytes, or -1. */
export function contentLength(pairs: HeaderPairs): i64 {
  const index = pairs.find(CONTENT_LENGTH);
  if (index < 0) return -1;
  const digits = pairs.valueLength(index);
  if (digits < 1 || digits > 18) return -1;
  let value: i64 = 0;
  for (let at = 0; at < i32(digits); at++) {
    const digit = i32(pairs.valueByte(index, at)) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** GET with `Connection: upgrade` and no sign of a body. */
function isUpgrade(head: RequestHead): bool {
  const pairs = head.pairs;
  if (head.method < 0) return false;
  if (!pairs.valueEquals(head.method, "GET")) return false;
  if (pairs.find(TRANSFER_ENCODING) >= 0 || pairs.find(CONTENT_LENGTH) >= 0) return false;
  const index = pairs.find(CONNECTION);
  return index >= 0 && hasToken(pairs.valueString(index), "upgrade");
}

/** gRPC, whose answers to refusals have a form of their own. It needs HTTP/2 and POST; the media type alone is a claim. */
export function isGrpc(head: RequestHead): bool {
  return hasMediaType(head, GRPC, ";+") && isMultiplexedPost(head);
}

/** gRPC, and Connect's streams (https://connectrpc.com/docs/protocol, "Streaming RPCs"). */
function isStream(head: RequestHead): bool {
  const isMeant = hasMediaType(head, GRPC, ";+") || hasMediaType(head, CONNECT, "");
  return isMeant && isMultiplexedPost(head);
}

function isMultiplexedPost(head: RequestHead): bool {
  return head.method >= 0 && head.pairs.valueEquals(head.method, "POST") && head.isMultiplexed;
}

/** The value is `type`, or `type` and one of the characters `after`; with none of them given, anything may follow. */
function hasMediaType(head: RequestHead, type: string, after: string): bool {
  const index = head.pairs.find(CONTENT_TYPE);
  if (index < 0 || head.pairs.valueLength(index) > LONGEST_MEDIA_TYPE) return false;
  const value = head.pairs.valueString(index);
  if (!value.startsWith(type)) return false;
  return (
    value.length == type.length || after.length == 0 || after.includes(value.charAt(type.length))
  );
}

/** `trailer` names trailers that will come; `te: trailers` is said by clients that may send some. */
export function announcesTrailers(pairs: HeaderPairs): bool {
  if (pairs.find(TRAILER) >= 0) return true;
  const index = pairs.find(TE);
  return index >= 0 && hasToken(pairs.valueString(index), "trailers");
}

function hasToken(list: string, token: string): bool {
  const items = list.split(",");
  for (let i = 0; i < items.length; i++) {
    if (lowerCase(unchecked(items[i]).trim()) == token) return true;
  }
  return false;
}
