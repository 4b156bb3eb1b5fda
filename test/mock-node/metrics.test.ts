/** Does /metrics have the vendor's names, and do they count what they say? */
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { attackPath, bin, call, requestMessage, responseMessage } from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
afterEach(() => node.close());

describe("/metrics", () => {
  it("has every name of the vendor's node from the start", async () => {
    node = await createMockNode();
    const response = await fetch(node.metricsUrl!);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    const names = [...(await response.text()).matchAll(/^# TYPE wallarm_gonode_(\S+) /gm)].map(
      ([, name]) => name,
    );
    expect(names.sort()).toEqual(
      [
        "application_info",
        "http_connector_server_avg_latency_ms",
        "http_connector_server_errors_total",
        "http_connector_server_messages_processed_total",
        "http_connector_server_messages_rejected_total",
        "http_connector_server_messages_seen_total",
        "http_connector_server_requests_blocked_total",
        "http_connector_server_requests_bypassed_total",
        "http_connector_server_responses_bypassed_total",
        "http_inspector_bytes_processed_per_app_total",
        "http_inspector_bytes_processed_total",
        "http_inspector_requests_processed_per_app_total",
        "http_inspector_requests_processed_total",
        "http_inspector_threats_blocked_per_app_total",
        "http_inspector_threats_blocked_total",
        "http_inspector_threats_found_per_app_total",
        "http_inspector_threats_found_total",
      ].sort(),
    );
  });

  it("counts requests, responses, bytes, threats and what was bypassed, by application too", async () => {
    const routes = [{ route: "/off", wallarm_mode: "off" }];
    node = await createMockNode({
      route_config: { wallarm_mode: "block", wallarm_application: 7, routes },
      input_filters: { bypass: [{ path: "^/skip" }] },
    });
    const off = requestMessage({ path: bin("/off"), body: bin("12345") });
    const sqli = bin("/s?q=1%20UNION%20SELECT%20password%20FROM%20users");
    await call(node.url, requestMessage({ path: sqli }));
    await call(node.url, off);
    await call(node.url, requestMessage({ path: bin("/skip") }));
    await call(node.url, responseMessage({ id: off.id, body: bin("abc"), body_size: 3 }));
    const server = (name: string, labels = {}): Promise<number> =>
      counter(node, `http_connector_server_${name}`, labels);
    const inspector = (name: string, labels = {}): Promise<number> =>
      counter(node, `http_inspector_${name}`, labels);
    expect(await server("messages_seen_total", { type: "total" })).toBe(4);
    expect(await server("messages_seen_total", { type: "request" })).toBe(3);
    expect(await server("messages_seen_total", { type: "response" })).toBe(1);
    expect(await server("messages_processed_total", { type: "request" })).toBe(3);
    expect(await server("requests_blocked_total")).toBe(1);
    expect(await server("requests_bypassed_total", { reason: "mode_off" })).toBe(1);
    expect(await server("requests_bypassed_total", { reason: "input_filters" })).toBe(1);
    expect(await server("responses_bypassed_total")).toBe(1);
    expect(await server("avg_latency_ms")).toBeGreaterThan(0);
    expect(await inspector("requests_processed_total", { aggregate: "sum" })).toBe(1);
    expect(await inspector("requests_processed_per_app_total", { application_id: "7" })).toBe(1);
    expect(await inspector("threats_found_total")).toBe(1);
    expect(await inspector("threats_found_per_app_total", { application_id: "7" })).toBe(1);
    expect(await inspector("threats_blocked_total")).toBe(1);
    expect(await inspector("bytes_processed_total", { type: "request" })).toBe(5);
    expect(
      await inspector("bytes_processed_per_app_total", { type: "response", application_id: "7" }),
    ).toBe(3);
  });

  it("takes metrics.namespace, and answers other paths with 404", async () => {
    node = await createMockNode({ metrics: { namespace: "mine" } });
    expect(await node.metrics()).toContain("mine_http_inspector_threats_found_total 0");
    expect((await fetch(node.metricsUrl!.replace("/metrics", "/"))).status).toBe(404);
    await call(node.url, requestMessage({ path: attackPath }));
  });
});
