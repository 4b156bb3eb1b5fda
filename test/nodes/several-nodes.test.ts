/** Are requests shared among nodes, told again where none has seen them, and never split between two? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import { reset } from "../support/node/replies.ts";
import { get, judged, untilDead } from "./nodes.ts";

const config = { fallback_action: "block", breaker_failures: 3, node_timeout_ms: 1000 };

describeTransports("two nodes", { config, moreNodes: 1 }, (scene) => {
  const told = (): number[] => scene.nodes.map((node) => node.requests.length);

  test("are told in turn, each all of its requests and their responses", async () => {
    for (let i = 0; i < 6; i++) expect(await judged(scene)).toBe(true);
    expect(told()).toEqual([3, 3]);
    for (const node of scene.nodes) {
      for (const { id } of node.requests) await node.responseTo(id);
    }
  });

  test("get all parts of a request, or none", async () => {
    const body = Buffer.alloc(2_500_000, "x");
    const path = scene.path();
    await request(scene.gateway, { path, method: "POST", body });
    const owners = scene.nodes.filter((node) => node.requests.length > 0);
    expect(owners).toHaveLength(1);
    expect((await owners[0]!.whole(path)).body.length).toBe(body.length);
  });

  test("lose one: the other is told all, until it is back", async () => {
    const [first, second] = scene.nodes;
    await first!.refuse();
    await untilDead(scene);
    expect(await scene.gateway.metric("nodes_up")).toBe(1);
    scene.reset();
    for (let i = 0; i < 6; i++) expect(await judged(scene)).toBe(true);
    expect(second!.requests).toHaveLength(6);
    await first!.listen();
    await eventually("it is told again", async () => {
      await get(scene);
      return first!.requests.length > 0;
    });
  });
});

describeEngines("a node that refuses connections", { config, moreNodes: 1 }, (scene) => {
  test("costs no verdict: its requests are told the next", async () => {
    const [first, second] = scene.nodes;
    await first!.refuse();
    for (let i = 0; i < 4; i++) {
      const path = scene.path();
      expect((await request(scene.gateway, { path, method: "POST", body: "x=1" })).status).toBe(
        200,
      );
      expect((await second!.whole(path)).body.toString()).toBe("x=1");
    }
    expect(await scene.gateway.metric("node_retries")).toBe(2);
    await first!.listen();
  });
});

describeEngines("a node that has seen a message", { config }, (scene) => {
  test("is not told it again, though its connection broke", async () => {
    scene.node.answerWith(() => reset);
    expect((await get(scene)).status).toBe(403);
    expect(scene.node.requests).toHaveLength(1);
    expect(await scene.gateway.metric("node_retries")).toBe(0);
  });
});

describeEngines(
  "node_retries 0",
  { config: { ...config, node_retries: 0 }, moreNodes: 1 },
  (scene) => {
    test("tells nothing again", async () => {
      await scene.nodes[0]!.refuse();
      expect([await judged(scene), await judged(scene)].sort()).toEqual([false, true]);
      expect(await scene.gateway.metric("node_retries")).toBe(0);
    });
  },
);

describeEngines(
  "a processor whose cluster has no host",
  { over: "ext_proc", config, nodeCluster: { empty: true } },
  (scene) => {
    test("is no stream, and the gateway lives", async () => {
      for (let i = 0; i < 3; i++) expect((await get(scene)).status).toBe(403);
      expect(await scene.gateway.metric("no_verdict.call_refused")).toBe(3);
      expect(scene.logged("has no host")).toHaveLength(1);
    });
  },
);

// Envoy takes a cluster's name for a message where it happens to be one, and "pa" and this one end it then.
describeEngines(
  "a processor whose cluster has a name that could be a message of protobuf",
  {
    over: "ext_proc",
    config: { ...config, wallarm_cluster: "immediate-1000" },
    nodeCluster: { name: "immediate-1000" },
  },
  (scene) => {
    test("is asked like any other", async () => {
      expect(await judged(scene)).toBe(true);
    });
  },
);

describeEngines("two workers", { config, workers: 2, needs: ["workers"] }, (scene) => {
  test("skip a node that one of them has found dead, and find it again", async () => {
    await scene.node.refuse();
    await untilDead(scene);
    const unreachable = await scene.gateway.metric("no_verdict.node_unreachable");
    await eventually("all skip it", async () => {
      const before = await scene.gateway.metric("no_verdict.node_dead");
      await Promise.all(Array.from({ length: 20 }, () => get(scene)));
      return (await scene.gateway.metric("no_verdict.node_dead")) === before + 20;
    });
    expect(await scene.gateway.metric("no_verdict.node_unreachable")).toBeLessThan(
      unreachable + 40,
    );
    const probes = await scene.gateway.metric("node_probes");
    const began = performance.now();
    await eventually(
      "more probes",
      async () => (await scene.gateway.metric("node_probes")) > probes + 1,
    );
    expect(performance.now() - began).toBeGreaterThan(700);
    await scene.node.listen();
    await eventually("both ask again", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => judged(scene)));
      return all.every(Boolean);
    });
  });
});
