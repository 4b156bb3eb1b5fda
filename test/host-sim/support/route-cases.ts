/** Which routes, bodies and ways to hold them are compared with real Envoy? */
import type { RoutePolicies } from "../../../host-sim/src/index.ts";
import type { Answer } from "../../support/upstream.ts";

export interface RouteKind {
  readonly title: string;
  readonly route?: RoutePolicies;
  /** What the filter makes of `x-envoy-retry-on`. */
  readonly asks?: string;
  /** The upstream's answer; `count` is 1 for the first request. */
  readonly answer?: (count: number) => Answer;
}

const ok: Answer = (response, seen) => {
  response.end(`${seen.bodyBytes} ${seen.start.subarray(0, 3).toString()}`);
};

const withStatus =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.end(`status ${status}`);
  };

const reset: Answer = (response) => void response.socket?.resetAndDestroy();

const first =
  (answer: Answer, times = 1) =>
  (count: number): Answer =>
    count <= times ? answer : ok;

const retryOn = (retryOn: string, numRetries = 1): RoutePolicies => ({
  retryPolicy: { retryOn, numRetries },
});

const elsewhere = { location: "http://elsewhere.test/moved?x=1#part" };

export const routeKinds: readonly RouteKind[] = [
  { title: "no policy" },
  { title: "a retry policy of no retries", route: retryOn("5xx", 0) },
  { title: "a retry policy without a condition", route: { retryPolicy: { numRetries: 3 } } },
  { title: "a retry that is not needed", route: retryOn("5xx") },
  { title: "a retry after 503", route: retryOn("5xx"), answer: first(withStatus(503)) },
  { title: "a retry after a reset", route: retryOn("reset"), answer: first(reset) },
  {
    title: "two retries after gateway errors",
    route: retryOn("gateway-error", 2),
    answer: first(withStatus(504), 2),
  },
  {
    title: "a retry after a status that the policy names",
    route: {
      retryPolicy: { retryOn: "retriable-status-codes", retriableStatusCodes: [429, 404] },
    },
    answer: first(withStatus(404)),
  },
  { title: "more failures than retries", route: retryOn("5xx"), answer: first(withStatus(500), 9) },
  {
    title: "a failure that is no condition",
    route: retryOn("connect-failure"),
    answer: first(reset),
  },
  {
    title: "a try that takes too long",
    route: { retryPolicy: { retryOn: "5xx", perTryTimeout: "0.2s" } },
    answer: first(() => {}),
  },
  {
    title: "a try that takes too long, hedged",
    route: {
      retryPolicy: { retryOn: "5xx", perTryTimeout: "0.2s" },
      hedgePolicy: { hedgeOnPerTryTimeout: true },
    },
    answer: first(() => {}),
  },
  { title: "hedging alone", route: { hedgePolicy: { hedgeOnPerTryTimeout: true } } },
  { title: "a filter that asks for retries", asks: "5xx", answer: first(withStatus(503)) },
  { title: "a filter that asks for retries by a name that nobody knows", asks: "nonsense" },
  {
    title: "a redirect policy that is not needed",
    route: { internalRedirectPolicy: {} },
  },
  {
    title: "a redirect by 302",
    route: { internalRedirectPolicy: {} },
    answer: first(withStatus(302, elsewhere)),
  },
  {
    title: "a redirect by 307",
    route: { internalRedirectPolicy: { redirectResponseCodes: [307, 308] } },
    answer: first(withStatus(307, elsewhere)),
  },
  {
    title: "a redirect by 303",
    route: { internalRedirectPolicy: { redirectResponseCodes: [303] } },
    answer: first(withStatus(303, elsewhere)),
  },
  {
    title: "more redirects than may be",
    route: { internalRedirectPolicy: {} },
    answer: first(withStatus(302, elsewhere), 9),
  },
  {
    title: "a redirect to another scheme",
    route: { internalRedirectPolicy: {} },
    answer: first(withStatus(302, { location: "https://elsewhere.test/" })),
  },
  {
    title: "a redirect to a path",
    route: { internalRedirectPolicy: {} },
    answer: first(withStatus(302, { location: "/moved" })),
  },
  { title: "a mirror", route: { requestMirrorPolicies: [{ cluster: "mirror" }] } },
  {
    title: "a mirror and a retry after 503",
    route: { ...retryOn("5xx"), requestMirrorPolicies: [{ cluster: "mirror" }] },
    answer: first(withStatus(503)),
  },
];

/** Status of the body callbacks, how often the request is let go, bytes of each of the two pieces of the body. */
export interface Holding {
  readonly status: 1 | 2;
  readonly releases: 1 | 2;
  readonly piece: number;
}

/** Two pieces of 32,768 just fit into the buffer, two of 40,000 do not. */
export const holdings: readonly Holding[] = [
  { status: 1, releases: 1, piece: 0 },
  { status: 1, releases: 1, piece: 5 },
  { status: 2, releases: 1, piece: 20_000 },
  { status: 1, releases: 2, piece: 5 },
  { status: 2, releases: 2, piece: 5 },
  { status: 1, releases: 2, piece: 20_000 },
  { status: 2, releases: 2, piece: 12_000 },
  { status: 1, releases: 1, piece: 40_000 },
  { status: 2, releases: 1, piece: 32_768 },
  { status: 1, releases: 2, piece: 40_000 },
];

export const defaultAnswer = ok;
