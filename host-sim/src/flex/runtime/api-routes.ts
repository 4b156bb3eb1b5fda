/**
 * Where does a request of an API go, and with which path? The base path is taken off; what a rule captured, or else the
 * rest, is put behind the destination's path. The query stays.
 */
import type { HeaderMap } from "../../envoy/header-map.ts";
import type { Route } from "../../envoy/route.ts";
import { capturedPath, findRule, type Rule } from "../documents/read-rules.ts";
import type { ApiModel, Destination, RouteModel } from "../model/gateway-model.ts";

export interface ApiRoutes {
  match(headers: HeaderMap): Route | null;
}

export function apiRoutes(api: ApiModel, timeoutMs: number): ApiRoutes {
  const { basePath } = api.address;
  return {
    match: (headers) => {
      const path = pathBehind(basePath, headers);
      const found = firstMatch(api.routes, headers, path);
      if (found === undefined) return null;
      const { rule, route } = found;
      const { cluster, path: prefix } = pick(route.destinations);
      const rewritePath = (full: string): string => {
        const query = full.indexOf("?");
        return joined(prefix, capturedPath(rule, path)) + (query < 0 ? "" : full.slice(query));
      };
      return { cluster, name: api.name, timeoutMs, rewritePath };
    },
  };
}

export function matches(api: ApiModel, headers: HeaderMap): boolean {
  return firstMatch(api.routes, headers, pathBehind(api.address.basePath, headers)) !== undefined;
}

function firstMatch(
  routes: readonly RouteModel[],
  headers: HeaderMap,
  path: string,
): { rule: Rule; route: RouteModel } | undefined {
  for (const route of routes) {
    const rule = findRule(route.rules, headers, path);
    if (rule !== undefined) return { rule, route };
  }
  return undefined;
}

export function isBelow(basePath: string, headers: HeaderMap): boolean {
  const path = pathOf(headers);
  return basePath === "" || path === basePath || path.startsWith(`${basePath}/`);
}

/** Without base path and query: what the rules of an API see. */
export function pathBehind(basePath: string, headers: HeaderMap): string {
  const path = pathOf(headers);
  return isBelow(basePath, headers) ? path.slice(basePath.length) : path;
}

function pathOf(headers: HeaderMap): string {
  return (headers.getFirst(":path") ?? "/").split("?", 1)[0]!;
}

function joined(prefix: string, path: string): string {
  const whole = path === "" || path.startsWith("/") ? `${prefix}${path}` : `${prefix}/${path}`;
  return whole === "" ? "/" : whole;
}

/** By weight, at random. */
function pick(destinations: readonly Destination[]): Destination {
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  let left = Math.random() * total;
  return destinations.find(({ weight }) => (left -= weight) < 0) ?? destinations.at(-1)!;
}
