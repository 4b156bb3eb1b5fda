/** Attributes of the request: `request`. Those of headers that are out of reach in this callback are not found. */
import type { StreamInfo } from "../stream-info.ts";
import type { AttributeScope } from "./scope.ts";
import { byteText, headersValue, int, text, wrapper, type Value } from "./value.ts";

export function requestValue(scope: AttributeScope, info: StreamInfo): Value {
  const headers = scope.requestHeaders;
  const header = (name: string) => (): Value | undefined => {
    const value = headers?.getFirst(name);
    return value === undefined ? undefined : byteText(value);
  };
  const path = headers?.getFirst(":path") ?? "";
  return wrapper({
    headers: () => headersValue(headers),
    headers_bytes: () => int(headers?.byteSize ?? 0),
    time: () => int(info.startTime),
    size: () => sizeOf(headers?.getFirst("content-length"), info.bytesReceived),
    total_size: () => int(info.bytesReceived + (headers?.byteSize ?? 0)),
    duration: () => (info.duration === undefined ? undefined : int(info.duration)),
    protocol: () => text(info.connection.protocol),
    path: header(":path"),
    url_path: () => (headers === null ? undefined : byteText(path.split("?")[0] ?? "")),
    query: () => (headers === null ? undefined : byteText(queryOf(path))),
    host: header(":authority"),
    scheme: header(":scheme"),
    method: header(":method"),
    referer: header("referer"),
    id: header("x-request-id"),
    useragent: header("user-agent"),
  });
}

/** A content-length that is no number makes the attribute go away. */
function sizeOf(contentLength: string | undefined, received: number): Value | undefined {
  if (contentLength === undefined) return int(received);
  return /^-?\d+$/.test(contentLength) ? int(BigInt(contentLength)) : undefined;
}

function queryOf(path: string): string {
  const begin = path.indexOf("?");
  return begin < 0 ? "" : (path.slice(begin + 1).split("#")[0] ?? "");
}
