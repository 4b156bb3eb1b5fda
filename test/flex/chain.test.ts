/** Which policies does a request of which API pass, in which order, and where does it go then? */
import { beforeAll, describe, expect, test } from "vitest";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { ask, FlexFixture } from "./support/flex-fixture.ts";
import { ALL_APIS, api, binding, extension, resource } from "./support/resources.ts";

let tag = "";
beforeAll(async () => {
  tag = extension("tag", `file://${await compileToFile("flex/fixtures/tag", "bare")}`);
});

const ANY_PORT = "http://127.0.0.1:0";
const OTHER = "http://127.0.0.2:0";
const tagged = (text: string): object => ({ tag: text });

/** Answers with its name, the path it was asked for and the tags that the request had. */
const echo = (name = "upstream"): Promise<string> =>
  startUpstream((request, response) => {
    response.setHeader("x-request-seen", request.headers["x-seen"] ?? "");
    response.end(`${name} ${request.url}`);
  });

async function flex(...resources: string[]): Promise<{ fixture: FlexFixture; urls: string[] }> {
  const fixture = new FlexFixture();
  fixture.write("all.yaml", resources.join(""));
  return { fixture, urls: await fixture.serving("--admin", "127.0.0.1:0") };
}

describe("policies", () => {
  test("see a request in their order, and its answer the other way round", async () => {
    const inline = ["one", "two"].map((each) => ({ name: "tag-impl", config: tagged(each) }));
    const { urls } = await flex(
      tag,
      api("a", { address: ANY_PORT, upstream: await echo(), policies: inline }),
      binding("last", { policy: "tag-impl", target: "a", config: tagged("last"), order: 60 }),
      binding("first", { policy: "tag-impl", target: "a", config: tagged("first"), order: 1 }),
    );
    expect(await ask(urls[0]!)).toMatchObject({
      request: "first, one, two, last",
      answer: "last, two, one, first",
    });
  });

  test("bound to a selector come first, and hold for the APIs with its labels", async () => {
    const selector = { kind: "ApiInstance", labels: { guarded: "yes" } };
    const own = [{ name: "tag-impl", config: tagged("own") }];
    const upstream = await echo();
    const { urls } = await flex(
      tag,
      api("a", { address: ANY_PORT, upstream, policies: own, labels: { guarded: "yes" } }),
      api("b", { address: OTHER, upstream, policies: own }),
      binding("everywhere", { policy: "tag-impl", target: ALL_APIS, config: tagged("all") }),
      binding("some", {
        policy: "tag-impl",
        target: { kind: "Selector", selector },
        config: tagged("some"),
      }),
    );
    expect((await ask(urls[0]!)).request).toBe("all, some, own");
    expect((await ask(urls[1]!)).request).toBe("all, own");
  });

  test("with rules hold for the requests that a rule means", async () => {
    const rules = [{ methods: "POST|PUT", path: "/x.*" }, { headers: { "x-force": "yes" } }];
    const policies = [{ name: "tag-impl", config: tagged("t"), rules }];
    const { urls } = await flex(
      tag,
      api("a", { address: `${ANY_PORT}/api`, upstream: await echo(), policies }),
    );
    const url = `${urls[0]!}/api`;
    const post = { method: "POST" };
    expect((await ask(`${url}/x1?q`, post)).request).toBe("t");
    expect((await ask(`${url}/y`, post)).request).toBe("");
    expect((await ask(`${url}/x1`)).request).toBe("");
    expect((await ask(`${url}/y`, { headers: { "x-force": "yes" } })).request).toBe("t");
  });

  test("are told who they are, for which API, on which Flex Gateway", async () => {
    const fixture = new FlexFixture();
    const policies = [{ name: "tag-impl", config: tagged("identity") }];
    const spec = { address: `${ANY_PORT}/api`, upstream: await echo(), policies };
    fixture.write("a.yaml", tag + api("orders", spec));
    const [url] = await fixture.serving("--flex-version", "1.13.2", "--name", "gw-1");
    const { headers } = await fetch(`${url}/api`);
    expect(headers.get("x-plugin-name")).toBe("orders-tag-impl-1.default.orders.default.svc");
    expect(headers.get("x-node")).toBe("gw-1");
    expect(JSON.parse(headers.get("x-context")!)).toMatchObject({
      api: { id: "orders.default.svc", name: "orders", basePath: "/api" },
      environment: { flexVersion: "1.13.2" },
    });
  });
});

describe("APIs", () => {
  test("of one address are told apart by their base path, the longest first", async () => {
    const { urls } = await flex(
      api("root", { address: ANY_PORT, upstream: await echo("root") }),
      api("a", { address: `${ANY_PORT}/a/`, upstream: await echo("a") }),
      api("ab", { address: `${ANY_PORT}/a/b`, upstream: await echo("ab") }),
    );
    expect(urls).toHaveLength(1);
    const bodies = ["/", "/ax", "/a", "/a?q=1", "/a/c", "/a/b/c"].map(async (path) => {
      return (await ask(urls[0]! + path)).body;
    });
    expect(await Promise.all(bodies)).toEqual([
      "root /",
      "root /ax",
      "a /",
      "a /?q=1",
      "a /c",
      "ab /c",
    ]);
  });

  test("of one path are told apart by the hosts of their routes; what nobody takes gets 404", async () => {
    const hosted = (host: string): object[] => [{ rules: [{ host }] }];
    const { urls } = await flex(
      api("a", { address: ANY_PORT, upstream: await echo("a"), routes: hosted("a\\.test") }),
      api("b", { address: ANY_PORT, upstream: await echo("b"), routes: hosted("b\\.test|127.*") }),
      api("c", { address: `${OTHER}/c`, upstream: await echo("c") }),
    );
    expect((await ask(urls[0]!)).body).toBe("b /");
    const nowhere = await fetch(urls[1]!);
    expect([nowhere.status, nowhere.headers.get("server")]).toEqual([404, "envoy"]);
  });

  // The table of the documentation of the policy "route": base path, rule, destination path, what the upstream sees.
  test.each([
    ["", "/api/.*", "", "/api/foo/bar", "/api/foo/bar"],
    ["", "/api(/.*)", "", "/api/foo/bar", "/foo/bar"],
    ["", "/api/.*", "/orders", "/api/foo/bar", "/orders/api/foo/bar"],
    ["", "/api(/.*)", "/orders", "/api/foo/bar", "/orders/foo/bar"],
    ["/api", "/foo/.*", "", "/api/foo/bar", "/foo/bar"],
    ["/api", "/foo(/.*)", "/orders/", "/api/foo/bar", "/orders/bar"],
    ["/api", "/foo(/.*)/bar(/.*)", "/orders", "/api/foo/abc/bar/def", "/orders/abc/def"],
    ["/api", "/api/foo/.*", "", "/api/foo/bar", 404],
  ])("route %s + %s to %s", async (base, path, destinationPath, asked, expected) => {
    const { urls } = await flex(
      api("a", { address: ANY_PORT + base }),
      resource("Service", "orders", { address: await echo("orders") }),
      binding("to-orders", {
        policy: "route",
        target: "a",
        config: { destinationPath, destinationRef: { name: "orders" } },
        rules: [{ path }],
      }),
    );
    const { status, body } = await ask(`${urls[0]!}${asked}?q=1`);
    expect(status === 200 ? body : status).toBe(
      typeof expected === "number" ? expected : `orders ${expected}?q=1`,
    );
  });

  test("share their requests by weight", async () => {
    const services = await Promise.all(["x", "y"].map((name) => echo(name)));
    const { urls } = await flex(
      api("a", { address: ANY_PORT }),
      ...services.map((address, i) => resource("Service", "xy"[i]!, { address })),
      binding("split", {
        policy: "route-weighted",
        target: "a",
        config: {
          routes: [
            { weight: 50, destinationRef: { name: "x" } },
            { weight: 50, destinationRef: { name: "y" } },
          ],
        },
      }),
    );
    const bodies = await Promise.all(Array.from({ length: 60 }, () => ask(urls[0]!)));
    // Each side is missed once in 2^59 runs.
    expect(new Set(bodies.map(({ body }) => body))).toEqual(new Set(["x /", "y /"]));
  });
});

test("the admin page shows what is applied, with the clusters that policies asked for", async () => {
  const config = { tag: "t", service: "http://127.0.0.1:1234/path" };
  const { fixture } = await flex(
    tag,
    api("a", {
      address: ANY_PORT,
      upstream: await echo(),
      policies: [{ name: "tag-impl", config }],
    }),
  );
  const admin = await fixture.run.address("admin on");
  const dump = (await (await fetch(`${admin}/config_dump`)).json()) as { configs: unknown[] };
  expect(dump.configs[2]).toMatchObject({
    apis: [
      {
        name: "default/a",
        policies: [
          { name: "default/a-tag-impl-1", extension: "default/tag-impl", order: 50, config },
        ],
      },
    ],
    refused_change: null,
  });
  expect(JSON.stringify(dump.configs[0])).toContain('"svc.default.svc"');
});
