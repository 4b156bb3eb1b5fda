/**
 * Does an answer send the request elsewhere without its client? If so its headers are changed in place, for the request to begin
 * again (Envoy: Filter::convertRequestHeadersForInternalRedirect).
 */
import type { HeaderMap } from "../header-map.ts";
import type { InternalRedirectPolicy } from "./route-policies.ts";

const defaultCodes = [302];
const seeOther = 303;

export interface Redirect {
  /** A POST became a GET: its body goes no further. */
  readonly dropsBody: boolean;
}

export function redirect(
  policy: InternalRedirectPolicy,
  request: HeaderMap,
  response: HeaderMap,
  before: number,
): Redirect | null {
  const status = Number(response.getFirst(":status"));
  if (!(policy.redirectResponseCodes ?? defaultCodes).includes(status)) return null;
  if (before >= (policy.maxInternalRedirects ?? 1)) return null;
  const target = absoluteUrl(response.getFirst("location"));
  const path = request.getFirst(":path");
  if (target === null || path === undefined) return null;
  const scheme = request.getFirst(":scheme") ?? "http";
  if (target.scheme !== scheme && policy.allowCrossSchemeRedirect !== true) return null;
  const original = `${scheme}://${request.getFirst(":authority") ?? ""}${path}`;
  request.set(":scheme", target.scheme);
  request.set(":authority", target.authority);
  request.set(":path", target.path);
  request.set("x-envoy-original-url", original);
  return { dropsBody: status === seeOther && becomeGet(request) };
}

function becomeGet(request: HeaderMap): boolean {
  if (["GET", "HEAD"].includes(request.getFirst(":method") ?? "")) return false;
  request.set(":method", "GET");
  request.remove("content-length");
  return true;
}

interface Target {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/** Envoy follows whole URLs only. */
function absoluteUrl(location: string | undefined): Target | null {
  const match = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(location ?? "");
  if (match === null) return null;
  const [, scheme = "", authority = "", rest = ""] = match;
  return {
    scheme: scheme.toLowerCase(),
    authority,
    path: rest.startsWith("/") ? rest : `/${rest}`,
  };
}
