/** What if client, verdict and gateway don't meet in time or in order? Nothing is mixed up, and nothing hangs or grows. */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";

describeTransports(
  "a client that goes away while it is held",
  { config: { node_timeout_ms: 10_000 } },
  (scene) => {
    test.each([
      ["GET", 0],
      ["POST", 10],
      ["POST", 100_000],
    ] as const)("(%s, %i bytes) leaves no harm when the reply comes late", async (method, size) => {
      const gate = new Gate();
      scene.node.answerWith(async (messages) => {
        await gate.opened;
        return pass(messages);
      });
      const before = scene.upstream.bytes;
      const connection = await Connection.open(scene.gateway);
      const path = scene.path();
      await connection.send({ path, method, ...(size > 0 && { body: pattern(size) }) });
      await scene.node.request(path);
      connection.abort();
      await eventually(
        "the gateway sees the client gone",
        async () => (await scene.gateway.activeRequests()) === 0,
      );
      gate.open();
      await eventually("the reply is delivered", () => scene.node.waiting.length === 0);
      // The gateway still serves, and what comes next is judged by its own verdict.
      scene.node.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      scene.node.answerWith(pass);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
      expect(scene.upstream.find(path)).toBeUndefined();
      expect(scene.upstream.bytes).toBeGreaterThan(before);
    });

    test("in the middle of its body leaves no harm either", async () => {
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      const headers = [["content-length", "1000"]] as const;
      await connection.write(connection.head({ method: "POST", path, headers }));
      await connection.write("half of it");
      await eventually(
        "the request has begun",
        async () => (await scene.gateway.activeRequests()) === 1,
      );
      connection.abort();
      await eventually(
        "the gateway sees the client gone",
        async () => (await scene.gateway.activeRequests()) === 0,
      );
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
      expect(scene.upstream.find(path)).toBeUndefined();
    });
  },
);
