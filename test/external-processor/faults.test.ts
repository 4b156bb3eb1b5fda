/** What does each fault do to a stream, and what does the node say to messages that are none? */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MockNode } from "../../host-sim/src/mock-node/index.ts";
import { eventually } from "../support/deadline.ts";
import { golden } from "./golden.ts";
import { checkHealth, ProcessStream } from "./support/grpc-client.ts";
import { startNode } from "./support/scene.ts";

const CONTINUE = golden("continue-request-headers").toString("hex");
const status = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

let node: MockNode;
let streams: ProcessStream[] = [];

async function start(config: object = {}): Promise<void> {
  await node?.close();
  node = await startNode(config);
}

/** A stream whose first message has been sent. */
function open(first = "request-headers-post"): ProcessStream {
  const stream = new ProcessStream(node.url);
  streams.push(stream);
  stream.send(golden(first));
  return stream;
}

/** Sends the headers of a GET under the faults, and tells the answer or the status. */
async function underFault(faults: unknown): Promise<{ answer: string | undefined; code?: number }> {
  await node.setFaults(faults);
  const stream = open("request-headers-get");
  const answer = (await stream.next())?.toString("hex");
  if (answer !== undefined) return { answer };
  return { answer, code: (await stream.ended).code };
}

const withHeader = (name: string, value: string): Buffer => {
  const field = (number: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
  const header = field(
    1,
    Buffer.concat([field(1, Buffer.from(name)), field(3, Buffer.from(value))]),
  );
  const method = field(
    1,
    Buffer.concat([field(1, Buffer.from(":method")), field(3, Buffer.from("GET"))]),
  );
  return field(2, field(1, Buffer.concat([method, header])));
};

beforeEach(() => start());
afterEach(async () => {
  for (const stream of streams) stream.close();
  streams = [];
  await node.close();
});

describe("a fault", () => {
  it.each([
    [{ fault: "grpc-status", code: 8 }, { code: status.RESOURCE_EXHAUSTED }],
    [{ fault: "status", status: 503 }, { code: status.UNAVAILABLE }],
    [{ fault: "error" }, { code: status.INTERNAL }],
    [{ fault: "close", at: "begin" }, { code: status.OK }],
    [{ fault: "close", at: "middle" }, { code: status.OK }],
    [{ fault: "reset", at: "begin" }, { code: status.UNAVAILABLE }],
    [{ fault: "reset", at: "middle" }, { code: status.UNAVAILABLE }],
    [{ fault: "delay", ms: 50 }, { answer: CONTINUE }],
    [{ fault: "no-verdict" }, { answer: "" }],
    [{ fault: "garbage", bytes: 2 }, { answer: "07a7" }],
    [{ fault: "truncated" }, { answer: "0a02" }],
    [{ fault: "wrong-phase" }, { answer: golden("continue-request-body").toString("hex") }],
  ])("of the rule %j gives %j", async (rule, expected) => {
    expect(await underFault(rule)).toMatchObject(expected);
  });

  it("of silence answers nothing, and keeps the stream", async () => {
    await node.setFaults({ fault: "silence", count: 1 });
    const silent = open();
    await node.journal.waitForMessage(({ faults }) => faults.includes("silence"));
    const other = open();
    expect((await other.next())?.toString("hex")).toBe(CONTINUE);
    expect(silent.messages).toEqual([]);
    let ended = false;
    void silent.ended.then(() => (ended = true));
    expect(ended).toBe(false);
  });

  it("of huge sends an answer of that size, which a decoder can skip", async () => {
    const { answer } = await underFault({ fault: "huge", bytes: 20_000_000 });
    expect(answer!.length / 2).toBeGreaterThan(20_000_000);
    expect(answer!.startsWith(CONTINUE)).toBe(true);
  });

  it("of two-verdicts answers twice, and of unknown-fields and nested with more in it", async () => {
    await node.setFaults({ fault: "two-verdicts", that: "differ" });
    const stream = open();
    expect((await stream.next())?.toString("hex")).toBe(CONTINUE);
    expect((await stream.next())?.toString("hex").startsWith("3a")).toBe(true); // immediate_response
    expect((await underFault({ fault: "unknown-fields" })).answer).toContain(CONTINUE);
    const nested = await underFault({ fault: "nested", depth: 60 });
    expect(nested.answer!.startsWith(`${CONTINUE}42`)).toBe(true); // dynamic_metadata
  });

  it("of verdict decides without an attack", async () => {
    const { answer } = await underFault({ fault: "verdict", action: "block" });
    expect(answer!.startsWith("3a")).toBe(true);
  });

  it("strikes the message that it names, in a header of the request too", async () => {
    const stream = new ProcessStream(node.url);
    streams.push(stream);
    stream.send(withHeader("x-mock-node-fault", "grpc-status=14;part=1"));
    expect((await stream.next())?.toString("hex")).toBe(CONTINUE);
    stream.send(golden("request-body"));
    expect(await stream.next()).toBeUndefined();
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  it("in a header that is wrong ends the stream with the reason", async () => {
    const stream = new ProcessStream(node.url);
    streams.push(stream);
    stream.send(withHeader("x-mock-node-fault", "drip=1"));
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain("drip, which exists in mode connector-server only");
  });

  it("strikes responses", async () => {
    await node.setFaults({ fault: "grpc-status", code: 14, match: { type: "response" } });
    const stream = open("request-headers-get");
    await stream.next();
    stream.send(golden("response-headers"));
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  it("of the other mode is refused", async () => {
    await expect(node.setFaults({ fault: "wrong-id" })).rejects.toThrow(
      "faults[0] is wrong-id, which exists in mode connector-server only, not in envoy-external-filter",
    );
  });

  it("of refuse cuts what is open and takes nothing new, until it is lifted", async () => {
    const stream = open();
    await stream.next();
    await node.setFaults({ fault: "refuse" });
    expect((await stream.ended).code).toBeGreaterThan(0);
    expect((await open().ended).code).toBe(status.UNAVAILABLE);
    await node.setFaults([]);
    // A gRPC client waits a little before it connects again.
    await eventually("the node answers again", async () => {
      return (await open().next())?.toString("hex") === CONTINUE;
    });
  });

  it("of delay past app_reply_timeout ends the stream", async () => {
    await start({ envoy_external_filter: { app_reply_timeout: "20ms" } });
    expect((await underFault({ fault: "delay", ms: 5000 })).code).toBe(status.DEADLINE_EXCEEDED);
  });
});

describe("a message that is not as it must be", () => {
  it.each([
    ["bytes that are no message", Buffer.from("07", "hex"), "not a ProcessingRequest"],
    ["a message of no kind", Buffer.alloc(0), "none of its six kinds is set"],
  ])("ends the stream: %s", async (_, bytes, reason) => {
    const stream = new ProcessStream(node.url);
    streams.push(stream);
    stream.send(bytes);
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain(reason);
    expect(await node.metrics()).toContain(
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
    const stream = open();
    for (const name of more) stream.send(golden(name));
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain(reason);
  });

  it("ends the stream where it is larger than mock.limits.call_bytes", async () => {
    await start({ mock: { limits: { call_bytes: 1000 } } });
    expect((await open("request-body-long").ended).code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe("a stream in observability mode", () => {
  it("gets no answer to any of its messages, and status OK at its end", async () => {
    const stream = open("request-headers-observability");
    await node.journal.waitForMessage(({ connectorMode }) => connectorMode === "async");
    stream.halfClose();
    expect((await stream.ended).code).toBe(status.OK);
    expect(stream.messages).toEqual([]);
  });
});

describe("the node's limits", () => {
  it("forget a request whose stream ended early", async () => {
    await start({ mock: { limits: { open_requests: 1 } } });
    await node.setFaults({ fault: "close", at: "begin", match: { type: "part" } });
    const first = open();
    await first.next();
    first.send(golden("request-body"));
    expect((await first.ended).code).toBe(status.OK);
    expect((await open().next())?.toString("hex")).toBe(CONTINUE);
  });

  it("refuse networks that are not allowed, and count them", async () => {
    await start({ envoy_external_filter: { allowed_networks: ["10.0.0.0/8"] } });
    const { code, details } = await open().ended;
    expect(code).toBe(status.PERMISSION_DENIED);
    expect(decodeURI(details)).toContain("envoy_external_filter.allowed_networks");
    expect(await node.metrics()).toContain('messages_rejected_total{reason="remote_address"} 1');
  });

  it("refuse hosts that are not allowed", async () => {
    await start({ envoy_external_filter: { allowed_hosts: ["*.test.com"] } });
    expect((await open().ended).code).toBe(status.PERMISSION_DENIED);
  });

  it("refuse what would hold too many bytes, and give them back when streams end", async () => {
    await start({ mock: { limits: { held_bytes: 30_000 } } });
    const [first, second] = [open(), open()];
    for (const stream of [first, second]) await stream.next();
    first.send(golden("request-body-long"));
    await first.next();
    second.send(golden("request-body-long"));
    expect((await second.ended).code).toBe(status.UNAVAILABLE);
    first.close();
    await node.journal.waitForMessage(({ type, last }) => type === "part" && last);
    const third = open();
    await third.next();
    third.send(golden("request-body-long"));
    expect((await third.next())?.toString("hex")).toBe(
      golden("continue-request-body").toString("hex"),
    );
  });

  it("refuse streams past calls_at_once", async () => {
    await start({ mock: { limits: { calls_at_once: 1 } } });
    await open().next();
    expect((await open().ended).code).toBe(status.UNAVAILABLE);
  });
});

describe("health", () => {
  it("is served where external_health_check is enabled", async () => {
    await start({ envoy_external_filter: { external_health_check: { enabled: true } } });
    const serving = Buffer.from([0x08, 0x01]);
    expect(await checkHealth(node.url)).toEqual(serving);
    const service = "envoy.service.ext_proc.v3.ExternalProcessor";
    expect(await checkHealth(node.url, service)).toEqual(serving);
    await expect(checkHealth(node.url, "other")).rejects.toThrow("NOT_FOUND");
  });
});

describe("metrics", () => {
  it("have names parallel to those of the connector", async () => {
    const stream = open("request-headers-get");
    await stream.next();
    stream.send(golden("response-headers-empty-body"));
    await stream.next();
    stream.halfClose();
    await node.journal.waitForMessage(({ type }) => type === "response");
    const text = await eventually("the counters are there", async () => {
      const metrics = await node.metrics();
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
