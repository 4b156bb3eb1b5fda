/** What may a route do with a request beyond sending it on once? */
import type { RoutePolicies } from "../../../host-sim/src/index.ts";
import type { Answer } from "../../support/upstream.ts";

export interface RouteKind {
  readonly title: string;
  readonly route?: RoutePolicies;
  /** Where a filter stands that sets x-envoy-retry-on, from the policy. */
  readonly asks?: "before" | "behind";
  /** What the API answers to the first request; to all others 200. */
  readonly first?: Answer;
  /** How the request gets to the API a second time, where the router can do that. */
  readonly again?: "retry" | "redirect" | "mirror";
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(code, headers);
    response.end();
  };
const reset: Answer = (response) => void response.socket?.resetAndDestroy();

/** As Istio puts it on each route that has none of its own. */
const istio = {
  retryOn: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
  numRetries: 2,
};

export const routeKinds: readonly RouteKind[] = [
  { title: "nothing" },
  { title: "a retry policy that is not needed", route: { retryPolicy: istio } },
  {
    title: "a retry after 503",
    route: { retryPolicy: { retryOn: "5xx", numRetries: 2 } },
    first: status(503),
    again: "retry",
  },
  {
    title: "a retry after a reset",
    route: { retryPolicy: { retryOn: "reset", numRetries: 2 } },
    first: reset,
    again: "retry",
  },
  {
    title: "hedging",
    route: {
      retryPolicy: { retryOn: "5xx", perTryTimeout: "5s" },
      hedgePolicy: { hedgeOnPerTryTimeout: true },
    },
  },
  { title: "a redirect policy that is not needed", route: { internalRedirectPolicy: {} } },
  {
    title: "a redirect by 307",
    route: { internalRedirectPolicy: { redirectResponseCodes: [307] } },
    first: status(307, { location: "http://elsewhere.test/moved" }),
    again: "redirect",
  },
  {
    title: "a mirror",
    route: { requestMirrorPolicies: [{ cluster: "upstream" }] },
    again: "mirror",
  },
  {
    title: "a filter in front that asks for retries",
    asks: "before",
    first: status(503),
    again: "retry",
  },
  {
    title: "a filter behind that asks for retries",
    asks: "behind",
    first: status(503),
    again: "retry",
  },
];
