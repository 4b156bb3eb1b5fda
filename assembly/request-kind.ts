// What kind of request is this, as far as holding it goes? Each kind is told by what can't be pretended: a request that
// only looks like gRPC or like an upgrade is held like any other.
import { lowerCase } from "./ascii";
import { HeaderPairs, StaticName } from "as-proxy-wasm";
import { RequestHead } from "./request-head";

export enum RequestKind {
  /** Held until a part of its body is complete. */
  Ordinary,
  /** Its parts are asked about as they arrive: client and server may wait for each other's messages. */
  Grpc,
  /** Judged on its headers: what follows is another protocol, not a body. */
  Upgrade,
}

const CONTENT_TYPE = StaticName.of("content-type");
const CONTENT_LENGTH = StaticName.of("content-length");
const TRANSFER_ENCODING = StaticName.of("transfer-encoding");
const CONNECTION = StaticName.of("connection");

export function requestKind(head: RequestHead): RequestKind {
  if (isUpgrade(head)) return RequestKind.Upgrade;
  if (isGrpc(head)) return RequestKind.Grpc;
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

/** CONNECT, or GET with `Connection: upgrade` and no sign of a body. */
function isUpgrade(head: RequestHead): bool {
  const pairs = head.pairs;
  if (head.method < 0) return false;
  if (pairs.valueEquals(head.method, "CONNECT")) return true;
  if (!pairs.valueEquals(head.method, "GET")) return false;
  if (pairs.find(TRANSFER_ENCODING) >= 0 || pairs.find(CONTENT_LENGTH) >= 0) return false;
  const index = pairs.find(CONNECTION);
  return index >= 0 && hasToken(pairs.valueString(index), "upgrade");
}

/** gRPC needs HTTP/2 and POST; the media type alone is a claim that anybody can make. */
function isGrpc(head: RequestHead): bool {
  if (head.method < 0 || !head.pairs.valueEquals(head.method, "POST")) return false;
  if (!head.isMultiplexed) return false;
  const index = head.pairs.find(CONTENT_TYPE);
  if (index < 0) return false;
  const type = head.pairs.valueString(index);
  if (!type.startsWith("application/grpc")) return false;
  const next = type.length > 16 ? type.charAt(16) : "";
  return next == "" || next == "+" || next == ";";
}

function hasToken(list: string, token: string): bool {
  const items = list.split(",");
  for (let i = 0; i < items.length; i++) {
    if (lowerCase(unchecked(items[i]).trim()) == token) return true;
  }
  return false;
}
