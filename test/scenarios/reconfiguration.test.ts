/** Can the configuration be replaced while requests run, with none lost and none judged by half a configuration? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { pass, silence } from "../support/node/replies.ts";

describeTransports("a configuration that is replaced under load", {}, (scene) => {
  test("loses no request", async () => {
    const statuses: number[] = [];
    let going = true;
    const client = async (): Promise<void> => {
      while (going) {
        const path = scene.path();
        statuses.push((await request(scene.gateway, { path, method: "POST", body: path })).status);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let round = 1; round <= 5; round++) {
      const before = statuses.length;
      const changed = scene.filter({ node_timeout_ms: 1000 + round });
      expect(await scene.gateway.reconfigure([changed])).toBeUndefined();
      await eventually("requests go on", () => statuses.length > before + 20);
    }
    going = false;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(scene.upstream.requests).toHaveLength(statuses.length);
  });

  test("lets a request that is held get its verdict", async () => {
    const gate = new Gate();
    scene.node.answerWith(async (messages) => {
      await gate.opened;
      return pass(messages);
    });
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    await connection.send({ path, method: "POST", body: "held" });
    await scene.node.request(path);
    expect(
      await scene.gateway.reconfigure([scene.filter({ node_timeout_ms: 999 })]),
    ).toBeUndefined();
    gate.open();
    expect((await within("the answer", connection.readResponse())).status).toBe(200);
    connection.abort();
  });

  test("changes what the next request meets", async () => {
    const change = { fallback_action: "block", node_timeout_ms: 100 };
    scene.node.answerWith(() => silence);
    scene.node.answerProbesWith(() => silence);
    expect(await scene.gateway.reconfigure([scene.filter(change)])).toBeUndefined();
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
    const back = { fallback_action: "pass", node_timeout_ms: 100 };
    expect(await scene.gateway.reconfigure([scene.filter(back)])).toBeUndefined();
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});
