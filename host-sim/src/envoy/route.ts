/** Which cluster does a request go to? */
import type { HeaderMap } from "./header-map.ts";
import type { Cluster } from "./http.ts";
import type { RoutePolicies } from "./router/route-policies.ts";

export interface Route {
  readonly cluster: string;
  readonly name: string;
  /** For the whole answer, from the end of the request on; 0: none. Envoy's default is 15 s. */
  readonly timeoutMs: number;
  /** The path that the upstream gets, query included; without it, the client's. */
  readonly rewritePath?: (path: string) => string;
  /** Whether it is sent again, or elsewhere too. */
  readonly policies?: RoutePolicies;
}

export interface RouteTable {
  match(headers: HeaderMap): Route | null;
  cluster(name: string): Cluster | undefined;
}

export const defaultRouteTimeoutMs = 15_000;

/** Envoy finds no route for a request that filters took these headers from. */
export function isRoutable(headers: HeaderMap): boolean {
  if (!headers.has("x-forwarded-proto")) return false;
  return headers.has(":path") || headers.getFirst(":method") === "CONNECT";
}

/** As Envoy's prefix_rewrite and regex_rewrite: what the client asked for goes along. */
export function rewritePath(route: Route, headers: HeaderMap): void {
  const path = headers.getFirst(":path");
  if (route.rewritePath === undefined || path === undefined) return;
  headers.set("x-envoy-original-path", path);
  headers.set(":path", route.rewritePath(path));
}
