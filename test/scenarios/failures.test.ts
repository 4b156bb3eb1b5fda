/** What becomes of a request when no usable verdict can be had? fallback_action decides, in sync mode; async never waits. */
import { encode } from "@msgpack/msgpack";
import { afterEach, expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, http, silence } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";
import { FAILURES } from "./failure-table.ts";
import type { Failure } from "./failure-table.ts";
import { PROCESSOR_FAILURES } from "./processor-failure-table.ts";

const TIMEOUT_MS = 250;

const failuresOf = ({ over }: Scene<TestNode>): readonly Failure[] =>
  over === "ext_proc" ? PROCESSOR_FAILURES : FAILURES;

/** Metrics of "no verdict", by the name of the outcome. */
async function noVerdicts(scene: Scene<TestNode>, failure: Failure): Promise<number> {
  const names = failure.outcomes.map((each) => `no_verdict.${each.replaceAll(" ", "_")}`);
  const counts = await Promise.all(names.map((name) => scene.gateway.metric(name)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function mend(scene: Scene<TestNode>, failure: Failure): Promise<void> {
  if (failure.what.includes("refused")) await scene.node.listen();
  scene.node.reset();
}

/** Told in docs/nodes.md too. */
const CRASH = "gRPC to a cluster without any host ends Envoy 1.40, whichever filter asks";

for (const fallback of ["pass", "block"] as const) {
  const config = { fallback_action: fallback, node_timeout_ms: TIMEOUT_MS };
  const expected = fallback === "pass" ? [200, "hello from the API"] : [403, undefined];

  describeTransports(`fallback_action ${fallback}, sync:`, { config }, (scene) => {
    test.each(failuresOf(scene))("$what", async (failure) => {
      const before = await noVerdicts(scene, failure);
      const counted = `fallback_${fallback === "pass" ? "passed" : "blocked"}`;
      const fallbacks = await scene.gateway.metric(counted);
      await failure.breakNode(scene.node);
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: "x=1" });
      await mend(scene, failure);
      expect(answer.status).toBe(expected[0]);
      if (fallback === "pass") expect(scene.upstream.find(path)?.start.toString()).toBe("x=1");
      else expect(scene.upstream.requests).toEqual([]);
      await eventually("the failure is counted", async () => {
        return (await noVerdicts(scene, failure)) === before + 1;
      });
      expect(await scene.gateway.metric(counted)).toBe(fallbacks + 1);
    });

    test("and the next request is judged as ever", async () => {
      scene.node.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      scene.node.reset();
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    });
  });

  describeTransports(`fallback_action ${fallback} for a large upload`, { config }, (scene) => {
    test("lets all of it go on, or nothing", async () => {
      scene.node.answerWith(() => silence);
      const body = pattern(3_000_000);
      const path = scene.path();
      const before = scene.upstream.bytes;
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body });
      const answer = await within("the answer", connection.readResponse());
      connection.abort();
      expect(answer.status).toBe(expected[0]);
      if (fallback === "block") return expect(scene.upstream.bytes).toBe(before);
      return expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
    });
  });

  for (const [what, nodeCluster, nodeConfig] of [
    ["cluster that the gateway does not know", {}, { wallarm_cluster: "nowhere" }],
    ["cluster without a host", { empty: true }, {}],
    ["cluster whose name does not resolve", { url: "http://nowhere.invalid:5050" }, {}],
  ] as const) {
    const crashes = "url" in nodeCluster || "empty" in nodeCluster;
    describeTransports(
      `fallback_action ${fallback}, a ${what}`,
      {
        config: { ...config, ...nodeConfig },
        nodeCluster,
        ...(crashes && { not: { "ext_proc on envoy": CRASH } }),
      },
      (scene) => {
        test.each(["GET", "POST"])("decides a %s at once, without waiting", async (method) => {
          const body = method === "POST" ? "x=1" : undefined;
          const answer = await request(scene.gateway, {
            path: scene.path(),
            method,
            ...(body !== undefined && { body }),
          });
          expect(answer.status).toBe(expected[0]);
          expect(await scene.gateway.metric("no_verdict.call_refused")).toBeGreaterThan(0);
        });
      },
    );
  }

  describeTransports(
    `fallback_action ${fallback}, a circuit breaker of one call`,
    { config: { ...config, node_timeout_ms: 5000 }, nodeCluster: { maxRequests: 1 } },
    (scene) => {
      test("decides what goes beyond it at once", async () => {
        scene.node.answerWith(() => silence);
        const connections = await Promise.all(
          Array.from({ length: 6 }, () => Connection.open(scene.gateway)),
        );
        const done: number[] = [];
        for (const connection of connections) {
          await connection.send({ path: scene.path() });
          void connection.readResponse().then(
            (answer) => done.push(answer.status),
            () => {},
          );
        }
        await eventually("four are decided", () => done.length >= 4, 3000);
        expect(new Set(done)).toEqual(new Set([expected[0]]));
        connections.forEach((connection) => connection.abort());
      });
    },
  );
}

describeTransports(
  "async mode",
  { config: { wallarm_mode: "async", fallback_action: "block", node_timeout_ms: TIMEOUT_MS } },
  (scene) => {
    let current: Failure | undefined;
    afterEach(async () => current && mend(scene, current));

    test.each(failuresOf(scene))("is not touched by $what", async (failure) => {
      current = failure;
      await failure.breakNode(scene.node);
      const dropped = await scene.gateway.metric("outbox_dropped");
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: "x=1" });
      expect(answer.status).toBe(200);
      expect(scene.upstream.find(path)?.start.toString()).toBe("x=1");
      if (failure.isLossOutOfBand === false) return;
      await eventually("the loss is counted", async () => {
        return (await scene.gateway.metric("outbox_dropped")) > dropped;
      });
    });
  },
);

describeTransports(
  "a failure",
  { config: { fallback_action: "block", node_timeout_ms: TIMEOUT_MS } },
  (scene) => {
    test("is told once a minute for each reason, and each request's fallback by its id", async () => {
      scene.node.answerWith(() => http(500, encode({ error: "out of memory" })));
      const ids: (string | undefined)[] = [];
      for (let i = 0; i < 3; i++) {
        const answer = await request(scene.gateway, { path: scene.path() });
        ids.push(answer.header("x-wallarm-request-id"));
      }
      for (const id of ids) {
        await eventually("a line with the id", () => scene.logged(`[req: ${id}]`).length > 0);
      }
      const warnings = scene.logged(
        scene.over === "ext_proc"
          ? "no verdict from the node: node error: gRPC status 13 no"
          : "no verdict from the node: node error: status 500, out of memory",
      );
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`[req: ${ids[0]}]`);
      expect(scene.logged("blocked by fallback_action: node error")).toHaveLength(3);
    });
  },
);

describeTransports(
  "a node whose answer is late",
  { config: { fallback_action: "block", node_timeout_ms: 100 } },
  (scene) => {
    test("is not waited for longer than node_timeout_ms", async () => {
      scene.node.answerWith(() => silence);
      const began = performance.now();
      const answer = await request(scene.gateway, { path: scene.path() });
      expect(answer.status).toBe(403);
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(90);
      expect(took).toBeLessThan(1500);
    });
  },
);

describeTransports("a node over TLS", { nodeTls: true }, (scene) => {
  test("is asked, and its verdict counts", async () => {
    scene.node.answerWith(block);
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(403);
    expect(await scene.node.request(path)).toMatchObject({ path });
  });
});

describeTransports(
  "TLS spoken to a plain port",
  {
    config: (url) => ({
      wallarm_node: url.replace("http:", "https:"),
      fallback_action: "block",
      node_timeout_ms: 300,
      wallarm_cluster: "node",
    }),
    nodeCluster: { name: "node", tls: true },
  },
  (scene) => {
    test("is no verdict", async () => {
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      expect(await scene.gateway.metric("no_verdict.")).toBe(1);
    });
  },
);
