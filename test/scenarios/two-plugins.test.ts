/** Do two policies in one VM keep apart: each its configuration, its node, its metrics and its log lines? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const options = {
  pluginName: "first.default.1",
  config: { fallback_action: "pass", node_timeout_ms: 200 },
  second: {
    pluginName: "second.other.2",
    config: { fallback_action: "block", node_timeout_ms: 300, request_body_limit: 1000 },
  },
};

describeTransports("two policies in one VM", options, (scene) => {
  test("ask each its own node, under ids of their own", async () => {
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(200);
    const first = await scene.node.request(path);
    const second = await scene.secondNode.request(path);
    expect(first.id).not.toBe(second.id);
    if (scene.over === "connector") {
      expect([first.api?.id, second.api?.id]).toEqual(["1", "2"]);
    }
  });

  test("block each for itself", async () => {
    scene.node.answerWith(block);
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(403);
    expect(scene.secondNode.requests).toEqual([]);
    scene.node.reset();
    scene.secondNode.answerWith(block);
    const other = scene.path();
    const answer = await request(scene.gateway, { path: other });
    expect(answer.status).toBe(403);
    const { id } = await scene.secondNode.request(other);
    expect(answer.header("x-wallarm-request-id")).toBe(id);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("fall back each as configured", async () => {
    scene.node.answerWith(() => silence);
    scene.node.answerProbesWith(() => silence);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    scene.node.reset();
    scene.secondNode.answerWith(() => silence);
    scene.secondNode.answerProbesWith(() => silence);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("cut a body each at its own limit", async () => {
    const body = pattern(2500);
    const path = scene.path();
    expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
    const first = await scene.node.request(path);
    const second = await scene.secondNode.request(path);
    expect(scene.node.partsOf(first.id)).toHaveLength(1);
    const parts = scene.secondNode.partsOf(second.id);
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((each) => each.body?.length ?? 0))).toBeLessThanOrEqual(1000);
    expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
  });

  test("count and log each under its own name", async () => {
    const blocked = async (api: string): Promise<number> => {
      const stats = await scene.gateway.stats();
      return stats.get(`wasmcustom.wallarm.api.${api}.requests_blocked`) ?? 0;
    };
    const before = [await blocked("1"), await blocked("2")] as const;
    scene.secondNode.answerWith(block);
    await request(scene.gateway, { path: scene.path() });
    await eventually("it is counted", async () => (await blocked("2")) === before[1] + 1);
    expect(await blocked("1")).toBe(before[0]);
    expect(scene.logged("[policy: first.default][api: 1][req: ").length).toBeGreaterThan(0);
    expect(scene.logged("[policy: second.other][api: 2][req: ").length).toBeGreaterThan(0);
  });

  test("tell each what it holds itself, not what the VM holds", async () => {
    const held = async (api: string): Promise<number | undefined> =>
      (await scene.gateway.stats()).get(`wasmcustom.wallarm.api.${api}.held_bytes`);
    // Both have just been at work, so that both go on counting for a while.
    await request(scene.gateway, { path: scene.path(), method: "POST", body: "x=1" });
    const connection = await Connection.open(scene.gateway);
    const upload = { path: scene.path(), method: "POST", body: pattern(2500) };
    await connection.write(connection.head(upload));
    await connection.write(upload.body.subarray(0, 500));
    // With its head, of which the first alone has seen something.
    await eventually("the first holds it", async () => ((await held("1")) ?? 0) >= 500);
    await eventually("the second holds nothing", async () => (await held("2")) === 0);
    expect((await held("1")) ?? 0).toBeGreaterThanOrEqual(500);
    connection.abort();
    await eventually("nothing is held", async () => (await held("1")) === 0);
  });
});
