/** What does each fault do to a stream? */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/deadline.ts";
import { golden } from "./golden.ts";
import { NodePerTest } from "./support/node-per-test.ts";

const CONTINUE = golden("continue-request-headers").toString("hex");
const own = new NodePerTest();

/** Sends the headers of a GET under the faults, and tells the answer or the status. */
async function underFault(faults: unknown): Promise<{ answer: string | undefined; code?: number }> {
  await own.node.setFaults(faults);
  const stream = own.open("request-headers-get");
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
    await own.node.setFaults({ fault: "silence", count: 1 });
    const silent = own.open();
    await own.node.journal.waitForMessage(({ faults }) => faults.includes("silence"));
    const other = own.open();
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
    await own.node.setFaults({ fault: "two-verdicts", that: "differ" });
    const stream = own.open();
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
    await own.start({ mock: { allow_request_faults: true } });
    const stream = own.open(withHeader("x-mock-node-fault", "grpc-status=14;part=1"));
    expect((await stream.next())?.toString("hex")).toBe(CONTINUE);
    stream.send(golden("request-body"));
    expect(await stream.next()).toBeUndefined();
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  it("in a header that is wrong ends the stream with the reason", async () => {
    await own.start({ mock: { allow_request_faults: true } });
    const stream = own.open(withHeader("x-mock-node-fault", "drip=1"));
    const { code, details } = await stream.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(decodeURI(details)).toContain("drip, which exists in mode connector-server only");
  });

  it("strikes responses", async () => {
    await own.node.setFaults({ fault: "grpc-status", code: 14, match: { type: "response" } });
    const stream = own.open("request-headers-get");
    await stream.next();
    stream.send(golden("response-headers"));
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  it("of the other mode is refused", async () => {
    await expect(own.node.setFaults({ fault: "wrong-id" })).rejects.toThrow(
      "faults[0] is wrong-id, which exists in mode connector-server only, not in envoy-external-filter",
    );
  });

  it("of refuse cuts what is open and takes nothing new, until it is lifted", async () => {
    const stream = own.open();
    await stream.next();
    await own.node.setFaults({ fault: "refuse" });
    expect((await stream.ended).code).toBeGreaterThan(0);
    expect((await own.open().ended).code).toBe(status.UNAVAILABLE);
    await own.node.setFaults([]);
    // A gRPC client waits a little before it connects again.
    await eventually("the node answers again", async () => {
      return (await own.open().next())?.toString("hex") === CONTINUE;
    });
  });

  it("of delay past app_reply_timeout ends the stream", async () => {
    await own.start({ envoy_external_filter: { app_reply_timeout: "20ms" } });
    expect((await underFault({ fault: "delay", ms: 5000 })).code).toBe(status.DEADLINE_EXCEEDED);
  });
});
