/** Do policies that ask one node know of it together, and do those that ask different ones know nothing of each other's? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { block } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";
import { deaths, get, judged, returns } from "./nodes.ts";

const metric = async (scene: Scene<TestNode>, api: string, name: string): Promise<number> => {
  const stats = await scene.gateway.stats();
  return stats.get(`wasmcustom.wallarm.api.${api}.${name}`) ?? 0;
};

/** Of one name, so that the cluster of their node is one, as of an automated policy and that of an API on Flex. */
const AUTOMATED = "wallarm.default.1";
const OWN = "wallarm.default.2";
const automated = { wallarm_mode: "async", breaker_failures: 1, node_timeout_ms: 500 };
/** Would never ask by itself. */
const own = { fallback_action: "block", breaker_failures: 1000, node_timeout_ms: 800 };

const twoPolicies = {
  pluginName: AUTOMATED,
  config: automated,
  second: { pluginName: OWN, config: own, sharesNode: true },
};

describeEngines("a node that two policies ask", twoPolicies, (scene) => {
  test("is skipped by both when one has found it dead, and told again by both", async () => {
    expect(await judged(scene)).toBe(true);
    await scene.node.refuse();
    await eventually("the other skips it", async () => {
      expect(await judged(scene)).toBe(false);
      return (await metric(scene, "2", "no_verdict.node_dead")) > 0;
    });
    const unreachable = await metric(scene, "2", "no_verdict.node_unreachable");
    for (let i = 0; i < 10; i++) expect(await judged(scene)).toBe(false);
    expect(await metric(scene, "2", "no_verdict.node_unreachable")).toBe(unreachable);
    expect(await metric(scene, "2", "node_probes")).toBe(0);
    await scene.node.listen();
    await eventually("it is told again", () => judged(scene));
    expect([deaths(scene).length, returns(scene).length]).toEqual([1, 1]);
  });
});

describeEngines(
  "a node that two policies ask, of which one goes",
  { ...twoPolicies, notOn: { "host-sim": "it takes seconds: there time is moved, lease.test.ts" } },
  (scene) => {
    test("is found again by the other, though the first was the one that asked", async () => {
      await scene.node.refuse();
      await eventually("both skip it", async () => {
        await get(scene);
        const ups = [await metric(scene, "1", "nodes_up"), await metric(scene, "2", "nodes_up")];
        return ups.every((up) => up === 0);
      });
      const before = await metric(scene, "1", "node_probes");
      const rest = { ...scene.filter(), name: OWN, config: { ...nodeOf(scene), ...own } };
      expect(await scene.gateway.reconfigure([rest])).toBeUndefined();
      await eventually("the other asks", async () => {
        expect(await judged(scene)).toBe(false);
        return (await metric(scene, "2", "node_probes")) > 0;
      });
      expect((await metric(scene, "1", "node_probes")) - before).toBeLessThanOrEqual(1);
      const probes = await metric(scene, "2", "node_probes");
      await scene.node.listen();
      await eventually("it is told again", () => judged(scene));
      expect((await metric(scene, "2", "node_probes")) - probes).toBeLessThanOrEqual(2);
    });
  },
);

const nodeOf = (scene: Scene): object => ({ wallarm_node: scene.node.url });

describeEngines(
  "two policies in one VM, each with a node of its own",
  {
    pluginName: AUTOMATED,
    config: { fallback_action: "pass", breaker_failures: 2, node_timeout_ms: 500 },
    second: { pluginName: OWN, config: { ...own, breaker_failures: 2 } },
  },
  (scene) => {
    test("lose one: the other's is asked on, and blocks", async () => {
      await scene.node.refuse();
      await eventually("it is dead for the first", async () => {
        expect(await judged(scene)).toBe(true);
        return (await metric(scene, "1", "nodes_up")) === 0;
      });
      // Until all workers have looked up what is known: a probe a second is their clock.
      const probes = await metric(scene, "1", "node_probes");
      scene.secondNode.reset();
      let count = 0;
      await eventually("a probe more", async () => {
        expect(await judged(scene)).toBe(true);
        expect(scene.secondNode.requests).toHaveLength(++count);
        return (await metric(scene, "1", "node_probes")) > probes;
      });
      expect(await metric(scene, "2", "nodes_up")).toBe(1);
      expect(await metric(scene, "2", "no_verdict.node_dead")).toBe(0);
      scene.secondNode.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      expect(deaths(scene)).toHaveLength(1);
      await scene.node.listen();
    });
  },
);
