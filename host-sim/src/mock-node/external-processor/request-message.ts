/** How do headers and attributes of a stream become the message of a request that the node judges? */
import type { NameValue, RequestMessage } from "../contract/messages.ts";
import { addressWithoutPort, microseconds, type Attributes } from "./attributes.ts";
import type { HeaderMap, HttpHeaders } from "./messages.ts";

export interface RequestParts {
  readonly id: string;
  /** Null: the filter sends bodies alone (`request_header_mode: SKIP`). */
  readonly head: HttpHeaders | null;
  readonly attributes: Attributes;
  readonly observabilityMode: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the pseudo headers do not say, the attributes may. */
export function requestMessage(parts: RequestParts): RequestMessage {
  const { id, head, attributes, observabilityMode, now } = parts;
  const all = pairsOf(head?.headers ?? null);
  const pseudo = new Map(all.filter(([name]) => name.startsWith(":")));
  const either = (name: string, attribute: string): string =>
    pseudo.get(name) ?? attributes.get(attribute) ?? "";
  return {
    type: "request",
    id,
    part: 0,
    last: head?.endOfStream ?? false,
    mode: observabilityMode ? "async" : "sync",
    time: microseconds(attributes.get("request.time")) ?? now * 1000,
    clientIp: addressWithoutPort(attributes.get("source.address") ?? ""),
    ...schemeOf(either(":scheme", "request.scheme")),
    protocol: attributes.get("request.protocol") ?? "",
    method: either(":method", "request.method"),
    rawMethod: undefined,
    host: either(":authority", "request.host"),
    path: either(":path", "request.path"),
    headers: all.filter(([name]) => !name.startsWith(":")),
    trailers: undefined,
    body: new Uint8Array(),
    bodySize: 0,
    truncated: false,
    aborted: false,
    api: undefined,
  };
}

/** A client of HTTP/2 may call it anything. */
function schemeOf(given: string): Pick<RequestMessage, "scheme" | "rawScheme"> {
  return given === "https" || given === "http"
    ? { scheme: given, rawScheme: undefined }
    : { scheme: "http", rawScheme: given === "" ? undefined : given };
}

/** Values as latin1, one character a byte. */
export function pairsOf(map: HeaderMap | null): NameValue[] {
  return (map?.headers ?? []).map(({ key, value = "", rawValue }) => {
    const bytes = rawValue && rawValue.length > 0 ? rawValue : Buffer.from(value, "utf8");
    return [key, Buffer.from(bytes).toString("latin1")];
  });
}
