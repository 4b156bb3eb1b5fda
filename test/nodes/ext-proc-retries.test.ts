/**
 * What is told again over gRPC? Only what the gateway refused at once, so that no node can have seen it. Of a stream that was opened
 * nobody can say that: there the request gets fallback_action, and the node is asked about when enough of them have failed.
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
    test("costs its own requests the verdict, none of the other's, until it is dead", async () => {
      const [first, second] = scene.nodes;
      await first!.refuse();
      let refused = 0;
      await eventually("it is taken as dead", async () => {
        const path = scene.path();
        const { status } = await request(scene.gateway, { path });
        expect(status).toBe(streams(second!, path) === 1 ? 200 : 403);
        if (status === 403) refused++;
        return scene.logged("is taken as dead").length > 0;
      });
      expect(refused).toBeGreaterThanOrEqual(3);
      expect(await retries(scene)).toBe(0);
      expect(await scene.gateway.metric("no_verdict.node_unreachable")).toBe(refused);
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
    test.each([
      ["its connection is cut", undefined],
      ["it says that it has not begun", closeWith(14, "reset reason: refused stream")],
    ])("is not told it again, nor is the other: %s", async (_, answer) => {
      for (const { processor } of scene.nodes) processor.answerWith(answer ?? (() => {}));
      const path = scene.path();
      const asking = request(scene.gateway, { path });
      const asked = await eventually("one is asked", () =>
        scene.nodes.find((node) => streams(node, path) === 1),
      );
      if (answer === undefined) await asked.refuse();
      expect((await asking).status).toBe(403);
      expect(scene.nodes.map((node) => streams(node, path)).sort()).toEqual([0, 1]);
      expect(await retries(scene)).toBe(0);
      expect(scene.upstream.requests).toEqual([]);
      if (answer === undefined) await asked.listen();
    });

    test("keeps a request whose head it has judged: a later part goes to no other", async () => {
      for (const node of scene.nodes) {
        node.answerWith((messages) => (messages[0]!.part > 0 ? silence : pass(messages)));
      }
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body: pattern(2_500_000) });
      const response = connection.readResponse();
      const owner = await eventually("one has judged the first part", () =>
        scene.nodes.find((node) => node.requests.some((each) => each.part === 1)),
      );
      await owner.refuse();
      expect((await within("the answer", response)).status).toBe(403);
      connection.abort();
      const other = scene.nodes.find((node) => node !== owner)!;
      expect(streams(other, path)).toBe(0);
      expect(scene.upstream.requests.filter((each) => each.complete)).toEqual([]);
      await owner.listen();
    });
  },
);
