/** Does a stream that expects answers before it ends arrive as it was sent, or break off with a refusal, whatever its route keeps? */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { Http2Client, answerOf } from "../support/http2-client.ts";
import { pairwise } from "../support/pairwise.ts";
import { pattern } from "../support/pattern.ts";
import type { TestNode } from "../support/node/test-node.ts";

const MESSAGES = 3;
const retries = { retryPolicy: { retryOn: "connect-failure", numRetries: 2 } };

const settings = pairwise({
  keeps: [false, true],
  holding: [true, false],
  over: ["connector", "ext_proc"],
  type: ["application/grpc", "application/connect+proto"],
} as const);

for (const { keeps, holding, over, type } of settings) {
  const title =
    `${type} on a route ${keeps ? "that keeps what it sends" : "with nothing"}, ` +
    `headers ${holding ? "held" : "not held"}, over ${over},`;
  const options = {
    needs: ["http2"] as const,
    config: { header_holding: holding ? "auto" : "off" },
    allowOnHeadersStopIteration: holding,
    over,
    isOneOfMany: true,
    ...(keeps && { route: retries }),
  };
  describeEngines<TestNode>(title, options, (scene) => {
    test.each([
      ["10 bytes", 10],
      ["20,000 bytes", 20_000],
      ["65,541 bytes", 65_541],
      ["200,000 bytes", 200_000],
    ])("of messages of %s", async (_, size) => {
      const path = scene.path();
      const client = new Http2Client(scene.gateway);
      const head = { ":method": "POST", ":path": path, "content-type": type, te: "trailers" };
      const stream = client.open(head);
      // A refusal may cut it off.
      const answer = answerOf(stream).catch(() => undefined);
      const messages = Array.from({ length: MESSAGES }, (_, i) => pattern(size + i));
      for (const message of messages) {
        if (stream.closed) break;
        stream.write(message);
        await sleep(60);
      }
      if (!stream.closed) stream.end();
      await answer;
      client.close();
      const sent = Buffer.concat(messages);
      await eventually("nothing is under way", async () => {
        return (await scene.gateway.activeRequests()) === 0;
      });
      const seen = scene.upstream.find(path);
      expect(seen?.start.equals(sent.subarray(0, seen.start.length)) ?? true).toBe(true);
      expect(seen?.bodyBytes ?? 0).toBeLessThanOrEqual(sent.length);
      if (seen?.complete || !keeps) expect(seen?.bodyBytes).toBe(sent.length);
    });
  });
}
