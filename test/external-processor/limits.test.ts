/** What does the node refuse on a stream, what does it hold, and what does it tell of itself? */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/deadline.ts";
import { golden } from "./golden.ts";
import { checkHealth } from "./support/grpc-client.ts";
import { NodePerTest } from "./support/node-per-test.ts";

const CONTINUE = golden("continue-request-headers").toString("hex");
const own = new NodePerTest();

describe("a message that is not as it must be", () => {
  it.each([
    ["bytes that are no message", Buffer.from("07", "hex"), "not a ProcessingRequest"],
    ["a message of no kind", Buffer.alloc(0), "none of its six kinds is set"],
  ])("ends the stream: %s", async (_, bytes, reason) => {
    const stream = own.open(bytes);
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain(reason);
    expect(await own.node.metrics()).toContain(
      'envoy_external_filter_errors_total{type="MsgDataFormat"} 1',
    );
  });

  it.each([
    ["headers come twice", ["request-headers-post"], "came a second time"],
    [
      "a body comes after its end",
      ["request-body-last", "request-body"],
      "after the end of the request",
    ],
    [
      "a response goes on after its end",
      ["response-headers-empty-body", "response-body"],
      "after the end of the response",
    ],
  ])("ends the stream where %s", async (_, more, reason) => {
    const stream = own.open();
    for (const name of more) stream.send(golden(name));
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain(reason);
  });

  it("ends the stream where it is larger than mock.limits.call_bytes", async () => {
    await own.start({ mock: { limits: { call_bytes: 1000 } } });
    expect((await own.open("request-body-long").ended).code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe("a stream in observability mode", () => {
  it("gets no answer to any of its messages, and status OK at its end", async () => {
    const stream = own.open("request-headers-observability");
    await own.node.journal.waitForMessage(({ connectorMode }) => connectorMode === "async");
    stream.halfClose();
    expect((await stream.ended).code).toBe(status.OK);
    expect(stream.messages).toEqual([]);
  });
});

describe("the node's limits", () => {
  it("forget a request whose stream ended early", async () => {
    await own.start({ mock: { limits: { open_requests: 1 } } });
    await own.node.setFaults({ fault: "close", at: "begin", match: { type: "part" } });
    const first = own.open();
    await first.next();
    first.send(golden("request-body"));
    expect((await first.ended).code).toBe(status.OK);
    expect((await own.open().next())?.toString("hex")).toBe(CONTINUE);
  });

  it("refuse networks that are not allowed, and count them", async () => {
    await own.start({ envoy_external_filter: { allowed_networks: ["10.0.0.0/8"] } });
    const { code, details } = await own.open().ended;
    expect(code).toBe(status.PERMISSION_DENIED);
    expect(decodeURI(details)).toContain("envoy_external_filter.allowed_networks");
    expect(await own.node.metrics()).toContain(
      'messages_rejected_total{reason="remote_address"} 1',
    );
  });

  it("refuse hosts that are not allowed", async () => {
    await own.start({ envoy_external_filter: { allowed_hosts: ["*.test.com"] } });
    expect((await own.open().ended).code).toBe(status.PERMISSION_DENIED);
  });

  it("refuse what would hold too many bytes, and give them back when streams end", async () => {
    await own.start({ mock: { limits: { held_bytes: 30_000 } } });
    const [first, second] = [own.open(), own.open()];
    for (const stream of [first, second]) await stream.next();
    first.send(golden("request-body-long"));
    await first.next();
    second.send(golden("request-body-long"));
    expect((await second.ended).code).toBe(status.UNAVAILABLE);
    first.close();
    await own.node.journal.waitForMessage(({ type, last }) => type === "part" && last);
    const third = own.open();
    await third.next();
    third.send(golden("request-body-long"));
    expect((await third.next())?.toString("hex")).toBe(
      golden("continue-request-body").toString("hex"),
    );
  });

  it("refuse streams past calls_at_once", async () => {
    await own.start({ mock: { limits: { calls_at_once: 1 } } });
    await own.open().next();
    expect((await own.open().ended).code).toBe(status.UNAVAILABLE);
  });
});

describe("health", () => {
  it("is served where external_health_check is enabled", async () => {
    await own.start({ envoy_external_filter: { external_health_check: { enabled: true } } });
    const serving = Buffer.from([0x08, 0x01]);
    expect(await checkHealth(own.node.url)).toEqual(serving);
    const service = "envoy.service.ext_proc.v3.ExternalProcessor";
    expect(await checkHealth(own.node.url, service)).toEqual(serving);
    await expect(checkHealth(own.node.url, "other")).rejects.toThrow("NOT_FOUND");
  });
});

describe("metrics", () => {
  it("have names parallel to those of the connector", async () => {
    const stream = own.open("request-headers-get");
    await stream.next();
    stream.send(golden("response-headers-empty-body"));
    await stream.next();
    stream.halfClose();
    await own.node.journal.waitForMessage(({ type }) => type === "response");
    const text = await eventually("the counters are there", async () => {
      const metrics = await own.node.metrics();
      return metrics.includes('messages_processed_total{type="response"} 1') && metrics;
    });
    expect(text).toContain(
      'wallarm_gonode_application_info{deployment_type="mock",mode="envoy-external-filter"',
    );
    for (const name of [
      "avg_latency_ms",
      "errors_total",
      "messages_processed_total",
      "messages_rejected_total",
      "messages_seen_total",
      "requests_blocked_total",
      "requests_bypassed_total",
      "responses_bypassed_total",
    ]) {
      expect(text).toContain(`\nwallarm_gonode_envoy_external_filter_${name}`);
    }
    expect(text).not.toContain("http_connector_server");
  });
});
