/** Is a wrong configuration refused in one line that names key, place, value and what is allowed? */
import { afterEach, describe, expect, it } from "vitest";
import {
  createMockNode,
  vendorAddresses,
  type MockNode,
} from "../../host-sim/src/mock-node/index.ts";
import { freeAddresses, readConfigText } from "../../host-sim/src/mock-node/config/read-config.ts";

const read = (yaml: string): ReturnType<typeof readConfigText> =>
  readConfigText(yaml, "node.yaml", freeAddresses);

describe("a configuration with a mistake", () => {
  it.each([
    ["version: 3", "node.yaml:1:10: version is 3: must be 4"],
    [
      "mode: tcp-capture-v2",
      'node.yaml:1:7: mode is "tcp-capture-v2": must be connector-server or envoy-external-filter',
    ],
    ["- a", "node.yaml: must be a map of keys and values"],
    ["a: [1", "node.yaml:1:6: not YAML: "],
    ["connector: 5", "node.yaml:1:12: connector is 5: must be a map of keys and values"],
    [
      "connector:\n  blocking: maybe",
      'node.yaml:2:13: connector.blocking is "maybe": must be true or false',
    ],
    [
      "connector:\n  address: 5050",
      "node.yaml:2:12: connector.address is 5050: must be HOST:PORT such as 127.0.0.1:5050",
    ],
    ["connector: {address: ':99999'}", 'connector.address is ":99999": must be HOST:PORT'],
    ["connector: {address: 'a b:1'}", 'connector.address is "a b:1": must be HOST:PORT'],
    ["connector: {tls_cert: a.pem}", "connector.tls_cert needs connector.tls_key beside it"],
    ["connector: {tls_key: a.pem}", "connector.tls_key needs connector.tls_cert beside it"],
    [
      "connector: {allowed_networks: 10.0.0.0/8}",
      'connector.allowed_networks is "10.0.0.0/8": must be a list',
    ],
    [
      "connector:\n  allowed_networks:\n    - 10.0.0.0/8\n    - 10.0.0/33",
      'node.yaml:4:7: connector.allowed_networks[1] is "10.0.0/33": must be an IP address or a network',
    ],
    [
      "connector: {allowed_networks: [10.1]}",
      "connector.allowed_networks[0] is 10.1: must be an IP address",
    ],
    [
      "connector: {allowed_hosts: ['a[']}",
      'connector.allowed_hosts[0] is "a[": must be a host name',
    ],
    [
      "connector: {allowed_hosts: ['[z-a].com']}",
      'connector.allowed_hosts[0] is "[z-a].com": must be a host name',
    ],
    [
      "connector: {external_health_check: {enabled: 1}}",
      "connector.external_health_check.enabled is 1: must be true or false",
    ],
    [
      "connector: {external_health_check: {endpoint: health}}",
      'external_health_check.endpoint is "health": must be a path that begins with /',
    ],
    [
      "connector: {app_reply_timeout: 5}",
      "connector.app_reply_timeout is 5: must be a duration such as 500ms, 5s or 1m30s",
    ],
    [
      "connector: {app_reply_timeout: 0s}",
      'connector.app_reply_timeout is "0s": must be a duration',
    ],
    [
      "connector: {app_reply_timeout_code: 200}",
      "connector.app_reply_timeout_code is 200: must be an integer from 400 to 599",
    ],
    [
      "connector: {per_connection_limits: {max_requests: 0}}",
      "per_connection_limits.max_requests is 0: must be an integer from 1",
    ],
    [
      "proxy_headers: [{real_ip: ['a b']}]",
      'proxy_headers[0].real_ip[0] is "a b": must be the name of a header',
    ],
    [
      "route_config: {wallarm_mode: blocking}",
      'route_config.wallarm_mode is "blocking": must be one of off, monitoring, safe_blocking, block',
    ],
    [
      "route_config: {wallarm_application: -2}",
      "route_config.wallarm_application is -2: must be an integer from -1",
    ],
    [
      "route_config: {wallarm_application: first}",
      'route_config.wallarm_application is "first": must be an integer',
    ],
    ["route_config: {routes: {route: /a}}", "route_config.routes is a map: must be a list"],
    [
      "route_config: {routes: [{route: api}]}",
      'route_config.routes[0].route is "api": must be a path that begins with /, after = ^~ ~ ~* or nothing',
    ],
    [
      "route_config: {routes: [{route: '~('}]}",
      'route_config.routes[0].route is "~(": must be a regular expression (',
    ],
    [
      "route_config: {routes: [{host: a, routes: [{wallarm_mode: no}]}]}",
      'route_config.routes[0].routes[0].wallarm_mode is "no": must be one of',
    ],
    [
      "input_filters: {bypass: [{ip_address: ['10.0.0.1']}]}",
      "input_filters.bypass[0] has no key by which it would filter: known here are headers, ip_addresses, path, url",
    ],
    [
      "input_filters: {inspect: [{path: /a}, {}]}",
      "input_filters.inspect[1] has no key by which it would filter",
    ],
    [
      "input_filters: {bypass: [{ip_addresses: [10.0.0]}]}",
      "input_filters.bypass[0].ip_addresses[0] is",
    ],
    [
      "input_filters: {bypass: [{path: '['}]}",
      'input_filters.bypass[0].path is "[": must be a regular expression',
    ],
    [
      "input_filters: {bypass: [{headers: {accept: 5}}]}",
      "input_filters.bypass[0].headers.accept is 5: must be a regular expression",
    ],
    ["log: {level: loud}", 'log.level is "loud": must be one of debug, info, warn, error, fatal'],
    ["log: {log_file: ''}", 'log.log_file is "": must be a text that is not empty'],
    ["metrics: {enabled: on}", 'metrics.enabled is "on": must be true or false'],
    ["metrics: {listen_address: [1]}", "metrics.listen_address is a list of 1: must be HOST:PORT"],
    ["mock: {graylist: [nobody]}", 'mock.graylist[0] is "nobody": must be an IP address'],
    [
      "mock: {journal: {messages: 0}}",
      "mock.journal.messages is 0: must be an integer from 1 to 1000000",
    ],
    ["mock: {limits: {part_age: never}}", 'mock.limits.part_age is "never": must be a duration'],
  ])("%j is refused", (yaml, line) => {
    expect(() => read(yaml)).toThrow(line);
    expect(() => read(yaml)).toThrow(/^node\.yaml(:\d+:\d+)?: [^\n]*$/);
  });

  it("in an object is refused in the same words, without a place", async () => {
    const wrong = createMockNode({ connector: { blocking: "maybe" } });
    await expect(wrong).rejects.toThrow(
      'node configuration: connector.blocking is "maybe": must be true or false',
    );
  });

  it("in mock.faults is refused too, and leaves nothing listening", async () => {
    const wrong = createMockNode("mock: {faults: [{fault: explode}]}");
    await expect(wrong).rejects.toThrow('faults[0].fault is "explode": must be one of delay');
  });
});

describe("a configuration", () => {
  it("has the vendor's defaults when it is empty", () => {
    const { config, warnings } = readConfigText("", "node.yaml", vendorAddresses);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      connector: {
        address: { host: "127.0.0.1", port: 5050 },
        blocking: true,
        urlNormalize: true,
        externalHealthCheck: { enabled: false, endpoint: "/wallarm-external-health" },
        appReplyTimeoutCode: 500,
      },
      routes: { mode: "monitoring", application: -1 },
      metrics: { enabled: true, address: { host: "127.0.0.1", port: 9000 } },
      log: { pretty: true, level: "info", file: "stderr" },
    });
  });

  it.each([
    ["':5050'", { host: "127.0.0.1", port: 5050 }],
    ["0.0.0.0:5050", { host: "0.0.0.0", port: 5050 }],
    ["'[::1]:0'", { host: "::1", port: 0 }],
    ["localhost:80", { host: "localhost", port: 80 }],
  ])("with connector.address %s listens on %j", (address, expected) => {
    expect(read(`connector: {address: ${address}}`).config.connector.address).toEqual(expected);
  });

  it.each([
    ["500ms", 500],
    ["5s", 5000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
  ])("reads the duration %s", (text, milliseconds) => {
    expect(read(`connector: {app_reply_timeout: ${text}}`).config.connector.appReplyTimeout).toBe(
      milliseconds,
    );
  });

  it("reads integers as the vendor's documentation writes them", () => {
    const yaml =
      'connector: {per_connection_limits: {max_received_bytes: 640_000, max_duration: 1m}}\nroute_config: {wallarm_application: "-1"}';
    const { config } = read(yaml);
    expect(config.connector.perConnectionLimits).toMatchObject({
      maxReceivedBytes: 640_000,
      maxDuration: 60_000,
    });
    expect(config.routes.application).toBe(-1);
  });

  it("reads aliases, and keys without a value as absent", () => {
    const { config } = read(
      "connector:\n  tls_key:\n  allowed_hosts: &h [a.com]\nroute_config: {routes: [{host: a.com, wallarm_mode: &m off}], wallarm_mode: *m}",
    );
    expect(config.routes).toMatchObject({ mode: "off", rows: [{ mode: "off" }] });
    expect(config.connector.tls).toBeUndefined();
  });

  it("warns of unknown keys and of what has no effect here, each with its place", () => {
    const yaml =
      "version: 4\nconnektor: {}\nconnector:\n  blocked: true\n  mesh: {port: 9093}\nhttp_inspector: {workers: auto}\nroute_config: {routes: [{path: /a}]}\nmock: {jurnal: 1}";
    expect(read(yaml).warnings).toEqual([
      expect.stringMatching(/^node\.yaml:5:9: connector\.mesh has no effect in the mock node$/),
      expect.stringMatching(
        /^node\.yaml:4:3: connector\.blocked is not a known key: known here are address, /,
      ),
      expect.stringMatching(
        /^node\.yaml:7:26: route_config\.routes\[0\]\.path is not a known key: known here are host, route, /,
      ),
      expect.stringMatching(/^node\.yaml:8:8: mock\.jurnal is not a known key: /),
      expect.stringMatching(/^node\.yaml:6:17: http_inspector has no effect in the mock node$/),
      expect.stringMatching(
        /^node\.yaml:2:1: connektor is not a known key: known here are connector, /,
      ),
    ]);
  });
});

describe("a node", () => {
  let node: MockNode | undefined;
  afterEach(() => node?.close());

  it("listens on loopback alone when the address has no host", async () => {
    node = await createMockNode(
      "connector: {address: ':0'}\nmock: {address: ':0'}\nmetrics: {listen_address: ':0'}",
    );
    for (const url of [node.url, node.apiUrl, node.metricsUrl])
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*/);
  });

  it("has no metrics where they are switched off", async () => {
    node = await createMockNode("metrics: {enabled: false}");
    expect(node.metricsUrl).toBeUndefined();
  });

  it("listens on IPv6, and names it as URLs do", async () => {
    node = await createMockNode("connector: {address: '[::1]:0'}\nmock: {address: '[::1]:0'}");
    expect((await fetch(`${node.apiUrl}/api/node`)).status).toBe(200);
    expect(node.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });

  it("does not start on a port that is in use, and leaves nothing listening", async () => {
    node = await createMockNode();
    const { port } = new URL(node.apiUrl);
    const second = createMockNode(`mock: {address: '127.0.0.1:${port}'}`);
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
