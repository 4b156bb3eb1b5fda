/** When does the node block: mode, routes, applications, graylist, blocking switch, filters? */
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  attackPath,
  bin,
  call,
  hex,
  requestMessage,
  verdict,
  type Wire,
} from "./connector-client.ts";

let node: MockNode;
afterEach(() => node.close());

const attack = (over: Wire = {}): Wire => requestMessage({ path: attackPath, ...over });
const actionOf = async (message: Wire): Promise<unknown> =>
  (await verdict(node.url, message)).action;

describe("wallarm_mode", () => {
  it.each([
    ["off", "pass", undefined],
    ["monitoring", "pass", ["ptrav"]],
    ["safe_blocking", "pass", ["ptrav"]],
    ["block", "block", ["ptrav"]],
  ])("%s gives %s for an attack, with attacks %j", async (wallarm_mode, action, attacks) => {
    node = await createMockNode({ route_config: { wallarm_mode } });
    const message = attack();
    const answer = await verdict(node.url, message);
    expect(answer).toMatchObject({ part: 0, action });
    expect(hex(answer.id)).toBe(hex(message.id));
    expect(answer.attacks).toEqual(attacks);
    expect(answer.status).toBe(action === "block" ? 403 : undefined);
  });

  it("is monitoring if nobody says otherwise", async () => {
    node = await createMockNode();
    expect(await actionOf(attack())).toBe("pass");
    expect(node.journal.messages()[0]?.why).toBe("found ptrav; wallarm_mode is monitoring");
  });

  it("block lets an ordinary request pass", async () => {
    node = await createMockNode({ route_config: { wallarm_mode: "block" } });
    expect(await verdict(node.url, requestMessage())).toEqual({
      id: expect.any(Uint8Array) as unknown,
      part: 0,
      action: "pass",
    });
  });

  it("safe_blocking blocks clients of the graylist, by address and by network", async () => {
    const mock = { graylist: ["203.0.113.7", "2001:db8::/32"] };
    node = await createMockNode({ route_config: { wallarm_mode: "safe_blocking" }, mock });
    expect(await actionOf(attack())).toBe("block");
    expect(await actionOf(attack({ client_ip: "2001:db8::17" }))).toBe("block");
    expect(await actionOf(attack({ client_ip: "203.0.113.8" }))).toBe("pass");
    expect(await actionOf(attack({ client_ip: "" }))).toBe("pass");
    expect(await actionOf(requestMessage())).toBe("pass");
  });

  it("never blocks where connector.blocking is false, and says so", async () => {
    node = await createMockNode({
      connector: { blocking: false },
      route_config: { wallarm_mode: "block" },
    });
    expect(await actionOf(attack())).toBe("pass");
    expect(node.journal.attacks()[0]?.why).toContain("connector.blocking is false");
  });

  it("passes copies, for which nobody waits", async () => {
    node = await createMockNode({ route_config: { wallarm_mode: "block" } });
    expect(await actionOf(attack({ mode: "async" }))).toBe("pass");
    expect(node.journal.attacks()[0]).toMatchObject({ type: "ptrav", connectorMode: "async" });
  });
});

describe("route_config.routes", () => {
  const routes = [
    { route: "/", wallarm_application: 1 },
    { route: "/api", wallarm_application: 2 },
    { route: "/api/v1/", wallarm_application: 3 },
    { route: "=/api/v1/login", wallarm_application: 4 },
    { route: "~/user/[0-9]+/", wallarm_application: 5 },
    { route: "~*\\.PNG$", wallarm_application: 6 },
    { route: "^~ /api/static/", wallarm_application: 7 },
    {
      host: "*.example.com",
      wallarm_application: 10,
      routes: [{ route: "/app2", wallarm_application: 11 }],
    },
    { host: "api.example.com", route: "/api", wallarm_application: "12" },
  ];

  it.each([
    ["other.org", "/", 1],
    ["other.org", "/apiary", 2],
    ["other.org", "/api/v1/x?y=/api/v1/login", 3],
    ["other.org", "/api/v1/login", 4],
    ["other.org", "/api/v1/login?next=/", 4],
    ["other.org", "/api/%76%31/./x/../login", 4],
    ["other.org", "//api///v1/login", 4],
    ["other.org", "/api/user/17/x", 5],
    ["other.org", "/pictures/a.png", 6],
    ["other.org", "/api/static/a.png", 7],
    ["www.example.com", "/pictures/a.png", 10],
    ["WWW.example.com:8443", "/app2/x", 11],
    ["api.example.com", "/api/v1/login", 12],
    ["api.example.com", "/app2", 11],
  ])("%s%s belongs to application %i", async (host, path, application) => {
    node = await createMockNode({ route_config: { wallarm_application: 99, routes } });
    const answer = await verdict(node.url, requestMessage({ host: bin(host), path: bin(path) }));
    expect(answer.application).toBe(application);
  });

  it("takes the general application where no route matches", async () => {
    const only = [{ route: "=/x", wallarm_application: 1 }];
    node = await createMockNode({ route_config: { wallarm_application: 99, routes: only } });
    expect(await verdict(node.url, requestMessage())).toMatchObject({ application: 99 });
  });

  it("changes the mode of a route, and inner routes take it over", async () => {
    node = await createMockNode({
      route_config: {
        wallarm_mode: "block",
        routes: [
          { host: "shop.example.com", wallarm_mode: "monitoring", routes: [{ route: "/files" }] },
        ],
      },
    });
    expect(await actionOf(attack())).toBe("pass");
    expect(await actionOf(attack({ host: bin("else.example.com") }))).toBe("block");
    expect(node.journal.messages({ host: "shop.example.com" })[0]).toMatchObject({
      mode: "monitoring",
      route: "route_config.routes[0].routes[0]",
    });
  });

  it("matches raw paths where url_normalize is false", async () => {
    const route_config = { routes: [{ route: "=/a/b", wallarm_application: 1 }] };
    node = await createMockNode({ connector: { url_normalize: false }, route_config });
    const raw = await verdict(node.url, requestMessage({ path: bin("/a/%62") }));
    expect(raw.application).toBeUndefined();
    expect(await verdict(node.url, requestMessage({ path: bin("/a/b") }))).toMatchObject({
      application: 1,
    });
  });
});

describe("proxy_headers", () => {
  it("tells client and host behind a trusted proxy, by the first rule that trusts it", async () => {
    node = await createMockNode({
      proxy_headers: [
        {
          trusted_networks: ["10.0.0.0/8"],
          original_host: ["X-Forwarded-Host"],
          real_ip: ["X-Real-IP"],
        },
        { trusted_networks: ["203.0.113.0/24"], real_ip: ["X-Absent", "X-Forwarded-For"] },
      ],
    });
    const headers = [
      ["X-Forwarded-Host", bin("original.example.com")],
      ["x-real-ip", bin("198.51.100.1")],
      ["x-forwarded-for", bin("198.51.100.2, 10.0.0.1")],
    ];
    await call(node.url, requestMessage({ client_ip: "10.1.2.3", headers }));
    await call(node.url, requestMessage({ client_ip: "203.0.113.7", headers }));
    await call(node.url, requestMessage({ client_ip: "192.0.2.1", headers }));
    const seen = node.journal.messages({ order: "asc" }).map(({ client, host }) => [client, host]);
    expect(seen).toEqual([
      ["198.51.100.1", "original.example.com"],
      ["198.51.100.2", "shop.example.com"],
      ["192.0.2.1", "shop.example.com"],
    ]);
  });
});

describe("input_filters", () => {
  it("inspects what inspect names and bypass does not", async () => {
    node = await createMockNode({
      route_config: { wallarm_mode: "block" },
      input_filters: {
        inspect: [{ path: "^/files" }, { headers: { "X-Inspect": "^yes$" } }],
        bypass: [{ url: "\\.png$" }],
      },
    });
    expect(await actionOf(attack())).toBe("block");
    expect(await actionOf(attack({ path: bin("/other?f=../../etc/passwd") }))).toBe("pass");
    const headers = [["x-inspect", bin("yes")]];
    expect(await actionOf(attack({ path: bin("/other?f=../../etc/passwd"), headers }))).toBe(
      "block",
    );
    expect(await actionOf(attack({ path: bin("/files/a.png?f=../../etc/passwd") }))).toBe("pass");
    expect(node.journal.messages()[0]?.why).toBe("input_filters bypass it: not inspected");
  });

  it.each([
    ["198.51.100.9", "pass"],
    ["203.0.113.200", "pass"],
    ["203.0.114.1", "block"],
    ["2001:db8::1", "pass"],
    ["", "block"],
  ])("knows the networks of clients: %s", async (client_ip, action) => {
    const ip_addresses = ["198.51.100.9", "203.0.113.0/24", "2001:db8::/32"];
    node = await createMockNode({
      route_config: { wallarm_mode: "block" },
      input_filters: { bypass: [{ ip_addresses }] },
    });
    expect(await actionOf(attack({ client_ip }))).toBe(action);
  });

  it("names all that must match in one entry", async () => {
    node = await createMockNode({
      route_config: { wallarm_mode: "block" },
      input_filters: { bypass: [{ ip_addresses: ["10.0.0.0/8"], path: "^/files" }] },
    });
    expect(await actionOf(attack({ client_ip: "10.1.1.1" }))).toBe("pass");
    expect(await actionOf(attack({ client_ip: "11.1.1.1" }))).toBe("block");
  });
});
