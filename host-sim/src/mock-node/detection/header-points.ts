// At which points of the headers must the rules look, and how strictly?

import { decodeBase64 } from "./decoding/base64.ts";
import { decodePercent } from "./decoding/percent.ts";
import { decodeUtf8 } from "./decoding/utf8.ts";
import type { DetectionLimits } from "./limits.ts";
import { pairsOf } from "./parsing/pairs.ts";
import type { Point } from "./point.ts";
import { jsonPoints, pairPoints, valuePoints } from "./value-points.ts";

/** Their grammars have quotes, semicolons, stars and comments of their own (RFC 9110, RFC 8941). */
const STRUCTURED = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "accept-charset",
  "alt-svc",
  "baggage",
  "cache-control",
  "connection",
  "content-length",
  "content-disposition",
  "date",
  "dnt",
  "etag",
  "expect",
  "forwarded",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "link",
  "nel",
  "pragma",
  "prefer",
  "priority",
  "range",
  "report-to",
  "save-data",
  "server-timing",
  "te",
  "tracestate",
  "traceparent",
  "transfer-encoding",
  "upgrade",
  "via",
  "www-authenticate",
  "content-security-policy",
  "access-control-request-headers",
  "access-control-request-method",
  "signature",
  "signature-input",
  "digest",
  "content-digest",
  "user-agent",
  "x-amz-date",
]);

type HeaderList = ReadonlyArray<readonly [string, string]>;

export function* headerPoints(
  section: string,
  headers: HeaderList,
  limits: DetectionLimits,
): Generator<Point> {
  for (const [rawName, rawValue] of headers) {
    const field = rawName.toLowerCase();
    const name = `${section}:${field.slice(0, 100)}`;
    const text = decodeUtf8(rawValue);
    if (!/^:?[\w-]*$/.test(field))
      yield { kind: "name", name: `${section} name`, field, text: rawName, decodings: [] };
    if (field === "cookie") yield* cookiePoints(text, limits);
    else if (field === "authorization" || field === "proxy-authorization")
      yield* credentialPoints(name, text);
    else if (field === "referer" || field === "origin")
      yield* addressPoints(name, field, text, limits);
    else if (text !== "") {
      const kind =
        STRUCTURED.has(field) || field.startsWith("sec-") ? "structured header" : "header";
      yield* valuePoints({ kind, name, field, text, decodings: [] }, limits.formatDepth);
    }
  }
}

function* cookiePoints(text: string, limits: DetectionLimits): Generator<Point> {
  for (const pair of pairsOf(text, ";")) {
    const field = decodePercent(pair.name.trim());
    const raw = pair.value.trim();
    const value = decodePercent(
      raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1) : raw,
    );
    const decodings = value.includes(raw) || raw.includes(value) ? [] : ["percent"];
    yield { kind: "name", name: "cookie name", field, text: field, decodings: [] };
    const name = `cookie:${field.slice(0, 100)}`;
    yield* valuePoints(
      { kind: "cookie", name, field: field.toLowerCase(), text: value, decodings },
      limits.formatDepth,
    );
    yield* tokenPoints(name, value);
  }
  // A value that itself holds a semicolon falls apart into cookies: "; cat /etc/passwd" is seen only here.
  yield { kind: "structured header", name: "header:cookie", field: "cookie", text, decodings: [] };
}

function* credentialPoints(name: string, text: string): Generator<Point> {
  yield { kind: "structured header", name, field: "authorization", text, decodings: [] };
  const space = text.indexOf(" ");
  const packed = text.slice(space + 1).trim();
  const credentials =
    text.slice(0, space).toLowerCase() === "basic" ? decodeBase64(packed) : undefined;
  if (credentials === undefined) yield* tokenPoints(name, packed);
  else {
    const colon = credentials.indexOf(":");
    const parts =
      colon < 0 ? [credentials] : [credentials.slice(0, colon), credentials.slice(colon + 1)];
    for (const part of parts)
      yield { kind: "header", name, field: "credentials", text: part, decodings: ["base64"] };
  }
}

/** A JSON Web Token: its header and claims are read by applications, its signature is random. */
function* tokenPoints(name: string, token: string): Generator<Point> {
  if (!token.startsWith("eyJ") || token.length > 262_144) return;
  for (const part of token.split(".", 2)) {
    const json = decodeBase64(part);
    if (json !== undefined) yield* jsonPoints(`${name} token`, json, 1, ["base64"]);
  }
}

function* addressPoints(
  name: string,
  field: string,
  text: string,
  limits: DetectionLimits,
): Generator<Point> {
  const query = text.indexOf("?");
  yield {
    kind: "header",
    name,
    field,
    text: query < 0 ? text : text.slice(0, query),
    decodings: [],
  };
  if (query >= 0) yield* pairPoints(`${name} query`, text.slice(query + 1), limits.formatDepth);
}
