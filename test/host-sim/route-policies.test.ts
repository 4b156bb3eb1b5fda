/** What does a test see of a route that sends requests again, or elsewhere too? */
import { describe, expect, test } from "vitest";
import { errorCodes, ManualClock, type RoutePolicies } from "../../host-sim/src/index.ts";
import { open, probe, probeModule } from "./support/probe-gateway.ts";

const script = ["request_headers: log hello"];

/** Answers with these statuses, one after the other; a 302 says where to. */
function answers(...statuses: number[]): (request: Request) => Promise<Response> {
  return async (request) => {
    const status = statuses.shift() ?? 200;
    const headers = status === 302 ? { location: "http://other.test/there" } : undefined;
    return new Response(`${status} ${await request.text()}`, {
      status,
      ...(headers && { headers }),
    });
  };
}

const post = { method: "POST", body: "abc" };

describe("a route with policies", () => {
  test("each try is a request that the upstream receives, whole", async () => {
    const route = { retryPolicy: { retryOn: "5xx", numRetries: 3 } };
    const gateway = await probe(script, { route, upstream: answers(503, 500) });
    const answer = await gateway.fetch("/", post);
    expect(await answer.text()).toBe("200 abc");
    const bodies = gateway.upstreamRequests.map(({ body }) => Buffer.from(body).toString());
    expect(bodies).toEqual(["abc", "abc", "abc"]);
  });

  test("a retry waits for the gateway's clock", async () => {
    const clock = new ManualClock();
    const retryPolicy = { retryOn: "5xx", retryBackOff: { baseInterval: "1s" } };
    const gateway = await probe(script, { route: { retryPolicy }, upstream: answers(503), clock });
    const answer = gateway.fetch("/", post);
    await expect.poll(() => gateway.upstreamRequests.length).toBe(1);
    await clock.advance(10_000);
    expect((await answer).status).toBe(200);
    expect(gateway.upstreamRequests).toHaveLength(2);
  });

  test("a redirect begins anew, through the filter", async () => {
    const route = { internalRedirectPolicy: {} };
    const gateway = await probe(script, { route, upstream: answers(302) });
    const answer = await gateway.fetch("/here", post);
    expect(await answer.text()).toBe("200 abc");
    const paths = gateway.upstreamRequests.map(({ headers }) => headers.get(":path"));
    expect(paths).toEqual(["/here", "/there"]);
    expect(gateway.logs.filter(({ message }) => message === "hello")).toHaveLength(2);
    expect(gateway.contexts.streams).toBe(0);
  });

  test("a client that goes away ends what its request became", async () => {
    const route = { internalRedirectPolicy: {} };
    const upstream = async (request: Request): Promise<Response> =>
      request.url.endsWith("/there") ? new Promise<Response>(() => {}) : answers(302)(request);
    const gateway = await probe(script, { route, upstream });
    const { client } = gateway.openStream({ path: "/here" });
    client.send("abc", true);
    await expect.poll(() => gateway.upstreamRequests.length).toBe(2);
    client.reset();
    expect(gateway.upstreamRequests[1]?.reset).toBe(true);
    expect(gateway.contexts.streams).toBe(0);
  });

  test("HTTP/2 keeps as much as its stream's window, not the connection's limit", async () => {
    const route = { retryPolicy: { retryOn: "5xx" } };
    const limits = { bufferLimit: 1000, http2StreamWindow: 5000 };
    const body = new Uint8Array(3000);
    for (const [httpVersion, status] of [
      ["1.1", 503],
      ["2", 200],
    ] as const) {
      const gateway = await probe(script, { route, ...limits, upstream: answers(503) });
      const answer = await gateway.fetch("/", { method: "POST", body, httpVersion });
      expect(answer.status).toBe(status);
    }
  });
});

describe("a policy that can't be", () => {
  const wrong: readonly (readonly [string, unknown, string])[] = [
    [
      "a field that Envoy has and the simulator has not",
      { retryPolicy: { hostSelectionRetryMaxAttempts: 1 } },
      "route.retryPolicy.hostSelectionRetryMaxAttempts",
    ],
    ["a text for a number", { retryPolicy: { numRetries: "2" } }, "route.retryPolicy.numRetries"],
    [
      "a duration without its unit",
      { retryPolicy: { perTryTimeout: "2" } },
      "route.retryPolicy.perTryTimeout",
    ],
    [
      "a status that is no redirect",
      { internalRedirectPolicy: { redirectResponseCodes: [200] } },
      "route.internalRedirectPolicy.redirectResponseCodes[0]",
    ],
    [
      "a mirror without a cluster",
      { requestMirrorPolicies: [{}] },
      "route.requestMirrorPolicies[0]",
    ],
    ["a name from an object's prototype", { toString: {} }, "route.toString"],
  ];

  test.each(wrong)("%s is refused by name", async (_, route, at) => {
    const options = { wasm: await probeModule(), route: route as RoutePolicies };
    await expect(open(options)).rejects.toMatchObject({
      code: errorCodes.badOption,
      message: expect.stringContaining(at) as unknown,
    });
  });

  test("snake_case is taken as well, as protobuf takes it", async () => {
    const route = { retry_policy: { retry_on: "5xx" } } as RoutePolicies;
    const gateway = await probe(script, { route, upstream: answers(503) });
    expect((await gateway.fetch("/", post)).status).toBe(200);
  });
});
