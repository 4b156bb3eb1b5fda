/**
 * What is asked again over gRPC? What the gateway refused at once, and what was lost with its connection: on a new stream, from the
 * head on, with all parts that are held.
 */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import type { EngineScenario } from "../support/engines.ts";
import { closeWith } from "../support/ext-proc/processor.ts";
import type { ProcessorNode } from "../support/ext-proc/processor-node.ts";
import { pass, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import type { Config, Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";
import { get, judged } from "./nodes.ts";

const patient = { fallback_action: "block", node_timeout_ms: 8000, node_retries: 3 };
const twoNodes = (config: Config): EngineScenario => ({ over: "ext_proc", config, moreNodes: 1 });

const streams = ({ processor }: ProcessorNode, path: string): number =>
  processor.streams.filter((each) => each.header(":path") === path).length;

const retries = (scene: Scene<ProcessorNode>): Promise<number> =>
  scene.gateway.metric("node_retries");

describeEngines<ProcessorNode>(
  "a processor that refuses connections",
  twoNodes({ ...patient, breaker_failures: 3 }),
  (scene) => {
    test("costs no verdict: its requests are asked about at the other, until it is dead", async () => {
      const [first, second] = scene.nodes;
      await first!.refuse();
      await eventually("it is taken as dead", async () => {
        const path = scene.path();
        expect((await request(scene.gateway, { path })).status).toBe(200);
        expect(streams(second!, path)).toBe(1);
        return scene.logged("is taken as dead").length > 0;
      });
      expect(await retries(scene)).toBeGreaterThanOrEqual(3);
      expect(await scene.gateway.metric("no_verdict.")).toBe(0);
      for (let i = 0; i < 6; i++) expect(await judged(scene)).toBe(true);
      await first!.listen();
    });
  },
);

for (const [node_retries, lost] of [
  [1, 0],
  [0, 1],
] as const) {
  describeEngines<ProcessorNode>(
    `a processor whose cluster has no host, node_retries ${node_retries}`,
    { ...twoNodes({ ...patient, node_retries }), nodeCluster: { empty: true } },
    (scene) => {
      test(`costs ${lost} verdicts: another is asked first from then on`, async () => {
        const statuses: number[] = [];
        for (let i = 0; i < 6; i++) statuses.push((await get(scene)).status);
        expect(statuses.filter((status) => status !== 200)).toHaveLength(lost);
        expect(await retries(scene)).toBe(1 - lost);
        expect(await scene.gateway.metric("no_verdict.call_refused")).toBe(lost);
        expect(scene.nodes[1]!.requests).toHaveLength(6 - lost);
        expect(scene.upstream.requests).toHaveLength(6 - lost);
      });
    },
  );
}

describeEngines<ProcessorNode>(
  "a processor that has seen a message, and another that has not",
  twoNodes({ ...patient, breaker_failures: 0 }),
  (scene) => {
    test("loses its connection: the other is asked, and its verdict counts", async () => {
      for (const { processor } of scene.nodes) processor.answerWith(() => {});
      const path = scene.path();
      const asking = request(scene.gateway, { path });
      const asked = await eventually("one is asked", () =>
        scene.nodes.find((node) => streams(node, path) === 1),
      );
      scene.nodes.find((node) => node !== asked)!.reset();
      await asked.refuse();
      expect((await asking).status).toBe(200);
      expect(scene.nodes.map((node) => streams(node, path))).toEqual([1, 1]);
      await asked.listen();
    });

    test("says that it has not begun: each is asked by node_retries, and the last for a while, as it lives", async () => {
      for (const { processor } of scene.nodes) {
        processor.answerWith(closeWith(14, "reset reason: refused stream"));
      }
      const before = await retries(scene);
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(403);
      const asked = scene.nodes.map((node) => streams(node, path));
      expect(Math.min(...asked)).toBe(2);
      expect(Math.max(...asked)).toBe(2 + 2);
      expect((await retries(scene)) - before).toBe(3 + 2);
      // Both live: their health service says so.
      expect(await scene.gateway.metric("unjudged_blocked")).toBe(1);
      expect(scene.upstream.requests).toEqual([]);
    });

    test("is lost behind the first part: the other is asked from the head on", async () => {
      for (const node of scene.nodes) {
        node.answerWith((messages) => (messages[0]!.part > 0 ? silence : pass(messages)));
      }
      const path = scene.path();
      const body = pattern(2_500_000);
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body });
      const response = connection.readResponse();
      const owner = await eventually("one has judged the first part", () =>
        scene.nodes.find((node) => node.requests.some((each) => each.part === 1)),
      );
      const other = scene.nodes.find((node) => node !== owner)!;
      other.reset();
      await owner.refuse();
      expect((await within("the answer", response)).status).toBe(200);
      expect((await other.whole(path)).body.equals(body)).toBe(true);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
      connection.abort();
      await owner.listen();
    });
  },
);
