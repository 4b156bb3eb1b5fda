/** What if client, verdict and gateway don't meet in time or in order? Nothing is mixed up, and nothing hangs or grows. */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";

describeEngines(
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
      await eventually("the gateway sees the client gone", async () => {
        const stats = await scene.gateway.stats();
        return stats.get("http.gateway.downstream_rq_active") === 0;
      });
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
      await eventually("the request has begun", async () => {
        return (await scene.gateway.stats()).get("http.gateway.downstream_rq_active") === 1;
      });
      connection.abort();
      await eventually("the gateway sees the client gone", async () => {
        return (await scene.gateway.stats()).get("http.gateway.downstream_rq_active") === 0;
      });
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
      expect(scene.upstream.find(path)).toBeUndefined();
    });
  },
);

describeEngines("200 requests at once", { config: { node_timeout_ms: 20_000 } }, (scene) => {
  test("get each its own verdict, though the answers come in another order", async () => {
    const gates = new Map<string, Gate>();
    scene.node.answerWith(async (messages) => {
      const gate = new Gate();
      gates.set(messages[0]!.path!, gate);
      await gate.opened;
      return messages[0]!.path!.startsWith("/bad") ? block(messages) : pass(messages);
    });
    const paths = Array.from({ length: 200 }, (_, i) => scene.path(i % 3 === 0 ? "bad" : "good"));
    const answers = paths.map((path) =>
      request(scene.gateway, { path, method: "POST", body: path }),
    );
    await eventually("all are held", () => gates.size === 200);
    expect(scene.upstream.requests).toEqual([]);
    for (const path of shuffled(paths)) gates.get(path)!.open();
    const statuses = (await Promise.all(answers)).map((answer) => answer.status);
    expect(statuses).toEqual(paths.map((path) => (path.startsWith("/bad") ? 403 : 200)));
    const seen = scene.upstream.requests.map((each) => [each.path, each.start.toString()]);
    const good = paths.filter((path) => path.startsWith("/good"));
    expect(seen.sort()).toEqual(good.map((path) => [path, path]).sort());
  });
});

const HELD = 2000;
const HELD_BYTES = 65_536;

describeEngines(
  "2,000 uploads that are held at once",
  { config: { node_timeout_ms: 60_000, fallback_action: "block" } },
  (scene) => {
    test("take bounded memory, trap nothing, and all go on after their verdicts", async () => {
      const gate = new Gate();
      scene.node.answerWith(async (messages) => {
        await gate.opened;
        return pass(messages);
      });
      const before = scene.gateway.residentBytes();
      const body = pattern(HELD_BYTES);
      const connections: Connection[] = [];
      for (let i = 0; i < HELD; i++) connections.push(await Connection.open(scene.gateway));
      for (const connection of connections) {
        void connection.send({ path: scene.path(), method: "POST", body });
      }
      await eventually("all are asked about", () => asked(scene.node.requests) === HELD, 30_000);
      expect(scene.upstream.requests).toEqual([]);
      const grown = scene.gateway.residentBytes() - before;
      gate.open();
      const answers = await within(
        "all answers",
        Promise.all(connections.map((connection) => connection.readResponse())),
        30_000,
      );
      connections.forEach((connection) => connection.abort());
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      // Each byte is held by the gateway, by its side call, and for a moment by the policy.
      expect(grown).toBeLessThan(HELD * HELD_BYTES * 4);
      expect(scene.logged("trap")).toEqual([]);
    }, 90_000);

    test("and leave the gateway as it was: requests are judged", async () => {
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    });
  },
);

const asked = (messages: readonly { readonly id: string }[]): number =>
  new Set(messages.map((each) => each.id)).size;

/** In an order that is odd and always the same. */
function shuffled<T>(all: readonly T[]): T[] {
  const copy = [...all];
  let seed = 4711;
  for (let i = copy.length - 1; i > 0; i--) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const j = seed % (i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
