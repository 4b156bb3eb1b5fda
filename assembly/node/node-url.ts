// What does the URL of a node say? Scheme, authority and the path that is put before the contract's own.
import { SerializedPairs } from "as-proxy-wasm";
import { decimal, isDigit, isLetter, lowerCase } from "../ascii";
import { isIpv6 } from "../client/ip-address";

export class NodeUrl {
  constructor(
    readonly scheme: string,
    /** Host and perhaps port, as written: the gateway makes the cluster's name from it. */
    readonly authority: string,
    /** Begins with a slash and does not end in one; empty if there is none. */
    readonly prefix: string,
  ) {}
}

/** What each call to a node begins with. */
export function callHeaders(url: NodeUrl, method: string, path: string): SerializedPairs {
  return new SerializedPairs()
    .add(":method", method)
    .add(":scheme", url.scheme == "https" ? url.scheme : "http")
    .add(":authority", url.authority)
    .add(":path", path);
}

export const ALLOWED_NODE_URL =
  "a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query";

/** Null if `url` is not what ALLOWED_NODE_URL says. */
export function parseNodeUrl(url: string): NodeUrl | null {
  const end = url.indexOf("://");
  if (end < 0) return null;
  const scheme = lowerCase(url.substring(0, end));
  if (scheme != "http" && scheme != "https" && scheme != "h2") return null;
  const rest = url.substring(end + 3);
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.substring(0, slash);
  const path = slash < 0 ? "" : rest.substring(slash);
  let length = path.length;
  while (length > 0 && path.charCodeAt(length - 1) == 0x2f) length--;
  const prefix = path.substring(0, length);
  if (!isAuthority(authority) || !isPath(prefix)) return null;
  return new NodeUrl(scheme, authority, prefix);
}

function isAuthority(authority: string): bool {
  let port = "";
  let host = authority;
  if (authority.startsWith("[")) {
    const close = authority.indexOf("]");
    if (close < 0) return false;
    host = authority.substring(1, close);
    port = authority.substring(close + 1);
    if (!isIpv6(host)) return false;
  } else {
    const colon = authority.indexOf(":");
    if (colon >= 0) {
      host = authority.substring(0, colon);
      port = authority.substring(colon);
    }
    if (!onlyHas(host, "-._")) return false;
  }
  return host.length > 0 && host.length <= 253 && (port.length == 0 || isPort(port));
}

function isPort(port: string): bool {
  const value = port.startsWith(":") ? decimal(port.substring(1)) : -1;
  return value > 0 && value < 65536;
}

/** RFC 3986 path characters, so that nothing in it can end the request line or begin a query. */
function isPath(path: string): bool {
  return onlyHas(path, "/-._~%!$&'()*+,;=:@");
}

function onlyHas(text: string, marks: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isLetter(code) && !isDigit(code) && marks.indexOf(text.charAt(i)) < 0) return false;
  }
  return true;
}
