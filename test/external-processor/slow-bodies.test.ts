/** Do slow bodies on some streams keep the node from judging others? */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { processingRequest } from "../../host-sim/src/mock-node/external-processor/messages.ts";
import { NodePerTest } from "./support/node-per-test.ts";

const own = new NodePerTest();
const BLOCK = "3a"; // immediate_response

const headers = (path: string): Buffer => {
  const pairs = { ":method": "POST", ":path": path, ":authority": "a", ":scheme": "http" };
  const map = Object.entries(pairs).map(([key, value]) => ({ key, rawValue: Buffer.from(value) }));
  return processingRequest.encode({
    requestHeaders: { headers: { headers: map }, endOfStream: false },
  } as never);
};
const body = (text: string): Buffer =>
  processingRequest.encode({
    requestBody: { body: Buffer.from(text), endOfStream: true },
  } as never);

describe("slow bodies on some streams", () => {
  it("keep no attack on others from being blocked", { timeout: 60_000 }, async () => {
    const slow = Array.from({ length: 6 }, () => own.open(headers("/")));
    for (const stream of slow) {
      await stream.next();
      stream.send(body("select from and or concat( x'y ".repeat(40_000)));
    }
    const attacks = Array.from({ length: 100 }, () =>
      own.open(headers("/?f=../../../../etc/passwd")),
    );
    for (const stream of attacks)
      expect((await stream.next())?.toString("hex").slice(0, 2)).toBe(BLOCK);
    for (const stream of slow) expect(await stream.next()).toBeDefined();
  });

  it("that take too long are blocked", async () => {
    await own.start({ mock: { time_limit_ms: 5 } });
    const stream = own.open(headers("/"));
    await stream.next();
    stream.send(body("x'y ".repeat(500_000)));
    expect((await stream.next())?.toString("hex").slice(0, 2)).toBe(BLOCK);
    expect(own.node.journal.attacks({ type: "overlimit_res" })).not.toEqual([]);
  });
});

describe("a queue that is full", () => {
  it("ends the stream with UNAVAILABLE", { timeout: 60_000 }, async () => {
    await own.start({ mock: { limits: { waiting_messages: 1 } } });
    const streams = Array.from({ length: 8 }, () => own.open(headers("/")));
    for (const stream of streams) await stream.next();
    for (const stream of streams) stream.send(body("select from and or concat( ".repeat(20_000)));
    const answers = await Promise.all(streams.map((stream) => stream.next()));
    const refused = streams.filter((_, i) => answers[i] === undefined);
    expect(refused).not.toEqual([]);
    for (const { ended } of refused) expect((await ended).code).toBe(status.UNAVAILABLE);
    expect(await own.node.metrics()).toContain(
      `errors_total{type="DroppedOnOverload"} ${refused.length}`,
    );
  });
});
