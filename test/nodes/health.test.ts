/** Does a dead node cost next to nothing, is it found again, and can nobody from outside make one look dead? */
import { encode } from "@msgpack/msgpack";
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import { http, pass, silence } from "../support/node/replies.ts";
import type { Reply } from "../support/node/replies.ts";
import { deaths, get, judged, returns, untilDead } from "./nodes.ts";

const config = { fallback_action: "block", breaker_failures: 3, node_timeout_ms: 500 };
const hasty = { ...config, node_timeout_ms: 200 };
const byNoNode: Reply = { kind: "http", status: 200, body: new Uint8Array(0), node: false };

describeTransports("a node that is gone", { config }, (scene) => {
  test("is told nothing once it is known, and told again within two probe intervals", async () => {
    const before = [deaths(scene).length, returns(scene).length] as const;
    expect(await judged(scene)).toBe(true);
    expect(await scene.gateway.metric("nodes_up")).toBe(1);
    await scene.node.refuse();
    await untilDead(scene);
    expect(await scene.gateway.metric("nodes_up")).toBe(0);

    const unreachable = await scene.gateway.metric("no_verdict.node_unreachable");
    const skipped = await scene.gateway.metric("no_verdict.node_dead");
    for (let i = 0; i < 20; i++) expect((await get(scene)).status).toBe(403);
    expect(await scene.gateway.metric("no_verdict.node_dead")).toBe(skipped + 20);
    expect(await scene.gateway.metric("no_verdict.node_unreachable")).toBe(unreachable);

    // Probes are a clock that a busy machine does not make go wrong. Over gRPC the first stream is preceded by one more.
    const probes = await scene.gateway.metric("node_probes");
    await scene.node.listen();
    await eventually("it is asked again", () => judged(scene));
    const intervals = (await scene.gateway.metric("node_probes")) - probes;
    expect(intervals).toBeLessThanOrEqual(scene.over === "connector" ? 2 : 3);
    expect(deaths(scene).length - before[0]).toBe(1);
    expect(returns(scene).length - before[1]).toBe(1);
    expect(await scene.gateway.metric("nodes_up")).toBe(1);
  });

  test("is not waited for by a body either", async () => {
    await scene.node.refuse();
    await untilDead(scene);
    const body = Buffer.alloc(3_000_000, "x");
    const answer = await request(scene.gateway, { path: scene.path(), method: "POST", body });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("requestId");
    await scene.node.listen();
    await eventually("it is asked again", () => judged(scene));
  });
});

describeEngines(
  "a node that accepts and says nothing",
  { config: { ...hasty, fallback_action: "pass" } },
  (scene) => {
    test("costs the first requests a time-out, then none", async () => {
      scene.node.answerWith(() => silence);
      await eventually("it is taken as dead", async () => {
        await get(scene);
        return deaths(scene).length > 0;
      });
      const metric = (name: string): Promise<number> => scene.gateway.metric(`no_verdict.${name}`);
      const before = [await metric("node_dead"), await metric("timed_out")];
      for (let i = 0; i < 10; i++) expect((await get(scene)).status).toBe(200);
      const after = [await metric("node_dead"), await metric("timed_out")];
      expect(after).toEqual([before[0]! + 10, before[1]]);
    });
  },
);

describeTransports("a node that answers probes alone", { config: hasty }, (scene) => {
  const storm = async (): Promise<void> => {
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => get(scene)));
      expect(new Set(answers.map((each) => each.status))).toEqual(new Set([403]));
    }
  };
  // Over gRPC its health service says that it serves.
  const statuses = scene.over === "connector" ? [404, 503, 504] : [200];

  test.each(statuses)("is alive, whatever their status is: %i", async (status) => {
    const probes = await scene.gateway.metric("node_probes");
    scene.node.answerWith(() => silence);
    scene.node.answerProbesWith(() => http(status));
    await storm();
    await eventually("it is asked", async () => {
      return (await scene.gateway.metric("node_probes")) > probes;
    });
    await storm();
    expect(deaths(scene)).toEqual([]);
    scene.node.answerWith(pass);
    await eventually("requests are judged", () => judged(scene));
  });
});

describeEngines("something that is no node and answers all", { config: hasty }, (scene) => {
  test("is taken as dead", async () => {
    scene.node.answerWith(() => byNoNode);
    await untilDead(scene);
    scene.node.answerWith(pass);
    await eventually("requests are judged", () => judged(scene));
  });
});

describeEngines("a node that answers wrongly", { config }, (scene) => {
  test.each([
    ["500", () => http(500, encode({ error: "angry" }))],
    ["415", () => http(415, encode({ error: "angry" }))],
    ["rubbish", () => http(200, Buffer.from("rubbish"))],
  ] as const)("is not in question: %s", async (_, answer) => {
    scene.node.answerWith(answer);
    for (let i = 0; i < 12; i++) expect((await get(scene)).status).toBe(403);
    expect(await scene.gateway.metric("node_probes")).toBe(0);
  });
});

describeEngines("breaker_failures 0", { config: { ...config, breaker_failures: 0 } }, (scene) => {
  test("never asks whether a node is alive", async () => {
    await scene.node.refuse();
    for (let i = 0; i < 30; i++) expect((await get(scene)).status).toBe(403);
    expect(await scene.gateway.metric("node_probes")).toBe(0);
    await scene.node.listen();
    expect(await judged(scene)).toBe(true);
  });
});
