/**
 * What does Envoy make of the head of a client's request before filters see it? Order and repeats of the fields are kept,
 * hop-by-hop fields go, and what Envoy would answer by itself is told as a refusal. Defaults of the HTTP connection manager:
 * `use_remote_address` false, HTTP/1.0 refused, 100 headers at most. Each case was compared with Envoy 1.40.
 */
import { HeaderMap, type HeaderEntry } from "../envoy/header-map.ts";

export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[]; // name, value, name, value …; one char a byte
  readonly tls: boolean;
}

export interface IntakeOptions {
  readonly acceptHttp10: boolean;
  /** `upgrade` tokens that are let through; CONNECT is one of them here. */
  readonly upgrades: readonly string[];
  readonly maxHeaders?: number;
}

export interface Refusal {
  readonly status: number;
  /** Envoy's codec answers with the status text as body, its connection manager without body. */
  readonly withBody: boolean;
}

export interface AcceptedRequest {
  readonly headers: HeaderMap;
  /** No body follows. */
  readonly endStream: boolean;
  /** The client wants a tunnel: bytes after the head are no HTTP body. */
  readonly tunnel: boolean;
}

/** As many trailers, too. */
export const MAX_HEADERS = 100;
/** node:http knows these methods, Envoy's parser does not. */
const NOT_OF_ENVOY = new Set(["M-SEARCH", "QUERY"]);
/** So many names in Connection are too many. */
const MAX_NAMED = 10;
const DEFAULT_OPTIONS: IntakeOptions = { acceptHttp10: false, upgrades: ["websocket", "CONNECT"] };

/** Fields by which a caller inside the mesh steers Envoy; taken from others. */
const INTERNAL_FIELDS = [
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-ip-tags",
  "x-envoy-internal",
];

export function takeRequest(
  raw: RawRequest,
  options: IntakeOptions = DEFAULT_OPTIONS,
): AcceptedRequest | Refusal {
  const fields = lowerCased(raw.rawHeaders);
  const refusal = refuseByCodec(raw, fields, options);
  if (refusal !== undefined) return refusal;
  const target = splitTarget(raw);
  if (target === undefined) return { status: 400, withBody: true };
  const hosts = fields.filter(([name]) => name === "host").map(([, value]) => value);
  const authority = target.authority ?? (hosts.length > 0 ? hosts.join(",") : undefined);
  if (authority === undefined || target.path.includes("#")) return { status: 400, withBody: false };
  if (target.scheme === "https" && !raw.tls) return { status: 403, withBody: false };
  if (raw.method !== "CONNECT" && !target.path.startsWith("/")) {
    return { status: 404, withBody: false };
  }
  if (namesWhatItMayNot(fields)) return { status: 400, withBody: false };
  const upgrade = raw.method === "CONNECT" ? "CONNECT" : upgradeToken(fields);
  if (upgrade !== undefined && !allows(options.upgrades, upgrade)) {
    return { status: 403, withBody: false };
  }
  const tunnel = upgrade !== undefined;
  const headers = headersOf(raw, fields, { ...target, authority }, tunnel);
  return { headers, endStream: !tunnel && !hasBody(fields), tunnel };
}

function headersOf(
  raw: RawRequest,
  fields: HeaderEntry[],
  target: Target & { readonly authority: string },
  tunnel: boolean,
): HeaderMap {
  const headers = new HeaderMap([[":authority", target.authority]]);
  if (raw.method !== "CONNECT") headers.add(":path", target.path);
  headers.add(":method", raw.method);
  for (const [name, value] of fields) if (name !== "host") headers.add(name, value);
  dropHopByHop(headers, tunnel);
  headers.add(":scheme", target.scheme ?? schemeOf(headers, raw.tls));
  return headers;
}

function lowerCased(raw: readonly string[]): HeaderEntry[] {
  const fields: HeaderEntry[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i]!.toLowerCase(), raw[i + 1]!]);
  return fields;
}

function refuseByCodec(
  raw: RawRequest,
  fields: HeaderEntry[],
  options: IntakeOptions,
): Refusal | undefined {
  const version = raw.httpVersion;
  if (raw.httpVersion === "0.9" || NOT_OF_ENVOY.has(raw.method)) {
    return { status: 400, withBody: true };
  }
  if (version !== "1.1" && !(version === "1.0" && options.acceptHttp10)) {
    return { status: 426, withBody: true };
  }
  if (fields.length > (options.maxHeaders ?? MAX_HEADERS)) return { status: 431, withBody: true };
  const isSized = fields.some(([name, value]) => name === "content-length" && value !== "0");
  if (raw.method === "CONNECT" && isSized) return { status: 400, withBody: true };
  const codings = fields.filter(([name]) => name === "transfer-encoding");
  if (codings.length > 0) {
    const coding = codings.map(([, value]) => value).join(",");
    if (coding.toLowerCase() !== "chunked" || raw.method === "CONNECT")
      return { status: 501, withBody: true };
    if (fields.some(([name]) => name === "content-length")) return { status: 400, withBody: true };
  }
  return undefined;
}

interface Target {
  readonly path: string;
  readonly authority?: string;
  readonly scheme?: string;
}

function splitTarget(raw: RawRequest): Target | undefined {
  // Envoy's HTTP/1 codec takes visible ASCII alone.
  if (!/^[\x21-\x7e]+$/.test(raw.url)) return undefined;
  if (raw.method === "CONNECT") return { path: "", authority: raw.url };
  if (raw.url.startsWith("/")) return { path: raw.url };
  if (raw.url === "*") return raw.method === "OPTIONS" ? { path: raw.url } : undefined;
  const absolute = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#]+)([^]*)$/i.exec(raw.url);
  if (absolute === null) return undefined;
  const [, scheme = "", authority = "", rest = ""] = absolute;
  return { path: rest === "" ? "/" : rest, authority, scheme: scheme.toLowerCase() };
}

function connectionTokens(fields: Iterable<readonly [string, string]>): string[] {
  const tokens: string[] = [];
  for (const [name, value] of fields) {
    if (name === "connection")
      tokens.push(...value.split(",").map((each) => each.trim().toLowerCase()));
  }
  return tokens;
}

/** A field that Connection names goes; nobody may make others lose these (Envoy fails the request). */
function namesWhatItMayNot(fields: HeaderEntry[]): boolean {
  const named = connectionTokens(fields);
  const kept = /^(:.*|host|x-forwarded-(for|host|proto))$/;
  return named.length >= MAX_NAMED || named.some((each) => kept.test(each));
}

/** HTTP/2 over cleartext is never upgraded to: Envoy goes on in HTTP/1.1 and drops the offer. */
function upgradeToken(fields: HeaderEntry[]): string | undefined {
  if (!connectionTokens(fields).includes("upgrade")) return undefined;
  const token = fields.find(([name]) => name === "upgrade")?.[1];
  return token === undefined || token.toLowerCase() === "h2c" ? undefined : token;
}

function allows(upgrades: readonly string[], wanted: string): boolean {
  return upgrades.some((each) => each.toLowerCase() === wanted.toLowerCase());
}

function hasBody(fields: HeaderEntry[]): boolean {
  return fields.some(
    ([name, value]) =>
      name === "transfer-encoding" || (name === "content-length" && Number(value) > 0),
  );
}

function dropHopByHop(headers: HeaderMap, tunnel: boolean): void {
  const te = headers.getAll("te").flatMap((each) => each.split(","));
  if (te.some((each) => each.trim().toLowerCase() === "trailers")) headers.set("te", "trailers");
  else headers.remove("te");
  if (!tunnel) {
    for (const named of connectionTokens(headers)) {
      if (named !== "te" && named !== "close" && !named.startsWith(":")) headers.remove(named);
    }
    headers.remove("connection");
    headers.remove("upgrade");
    headers.remove("http2-settings");
  }
  headers.remove("keep-alive");
  headers.remove("proxy-connection");
  for (const name of INTERNAL_FIELDS) headers.remove(name);
}

/** Envoy believes what the client says of its own scheme. */
function schemeOf(headers: HeaderMap, tls: boolean): string {
  const forwarded = headers.get("x-forwarded-proto")?.toLowerCase();
  if (forwarded === "http" || forwarded === "https") return forwarded;
  return tls ? "https" : "http";
}
