/** Does a request with parts get its verdict where many nodes stand behind one name, and one of them goes away under load? */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { clusterName } from "../support/cluster-name.ts";
import { request } from "../support/client.ts";
import { describeEngines } from "../support/engines.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { Upstream } from "../support/upstream.ts";

const PART = 10_000;
const PARTS = 5;
const NAME = "wallarm.default.4711";
const ATTACK = " q=1 UNION SELECT password FROM users-- ";

/** An upload of several parts; the attack lies across the border of two. */
function upload(isAttack: boolean): Buffer {
  const body = Buffer.alloc(PART * PARTS, "ordinary words of a note ");
  if (isAttack) body.write(ATTACK, PART * 3 - ATTACK.length / 2);
  return body;
}

async function withTwoNodes(
  engine: Engine,
  play: (gateway: RunningGateway, nodes: readonly MockNode[], upstream: Upstream) => Promise<void>,
): Promise<void> {
  const config = { route_config: { wallarm_mode: "block" } };
  const nodes = await Promise.all([createMockNode(config), createMockNode(config)]);
  const upstream = await Upstream.start();
  const [first, second] = nodes.map((node) => node.url) as [string, string];
  const gateway = await engine.start({
    filters: [
      {
        wasm: POLICY_WASM,
        name: NAME,
        rootId: "main",
        vmId: "policy",
        config: { wallarm_node: first, request_body_limit: PART, node_timeout_ms: 20_000 },
        allowOnHeadersStopIteration: true,
      },
    ],
    upstream: { url: upstream.url },
    clusters: { [clusterName(NAME, new URL(first).host)]: { url: first, furtherUrls: [second] } },
  });
  try {
    await play(gateway, nodes, upstream);
  } finally {
    await gateway.stop();
    await Promise.all(nodes.map((node) => node.close().catch(() => {})));
    await upstream.stop();
  }
}

describeEngines("two nodes behind one name", {}, (scene) => {
  test("judge all parts of each request, whichever of them gets which", async () => {
    await withTwoNodes(scene.engine, async (gateway, nodes, upstream) => {
      for (let i = 0; i < 6; i++) {
        const isAttack = i % 2 === 1;
        const path = `/${isAttack ? "attack" : "other"}/${i}`;
        const body = upload(isAttack);
        const { status } = await request(gateway, { path, method: "POST", body });
        expect([path, status]).toEqual([path, isAttack ? 403 : 200]);
      }
      expect(upstream.requests.map((each) => each.path)).toEqual([
        "/other/0",
        "/other/2",
        "/other/4",
      ]);
      // Asked again or not, each request counts once at each node that was asked about it.
      for (const node of nodes) {
        const ids = node.journal.messages({ type: "request", limit: 1000 }).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }
    });
  });

  test("one of which is gone lose nothing and let nothing pass, though each second call meets nobody", async () => {
    await withTwoNodes(scene.engine, async (gateway, nodes, upstream) => {
      await nodes[1]!.close();
      const send = async (path: string): Promise<number> =>
        (await request(gateway, { path })).status;
      const attack = "/attack?file=../../etc/passwd";
      const attacks = Array.from({ length: 60 }, () => send(attack));
      const others = Array.from({ length: 60 }, (_, i) => send(`/other/${i}`));
      expect(new Set(await Promise.all(attacks))).toEqual(new Set([403]));
      expect(new Set(await Promise.all(others))).toEqual(new Set([200]));
      expect(upstream.requests.filter((each) => each.path.startsWith("/attack"))).toEqual([]);
    });
  });

  test("one of which goes under load lose no request, and let no attack pass", async () => {
    await withTwoNodes(scene.engine, async (gateway, nodes, upstream) => {
      const send = async (isAttack: boolean, i: number): Promise<number> => {
        await sleep(i * 10);
        const path = `/${isAttack ? "attack" : "other"}/${i}`;
        return (await request(gateway, { path, method: "POST", body: upload(isAttack) })).status;
      };
      const all = Array.from({ length: 60 }, (_, i) => send(i % 3 === 0, i));
      await sleep(250);
      await nodes[1]!.close();
      const statuses = await Promise.all(all);
      expect(statuses.filter((_, i) => i % 3 === 0)).toEqual(Array(20).fill(403));
      expect(statuses.filter((_, i) => i % 3 !== 0)).toEqual(Array(40).fill(200));
      expect(upstream.requests.filter((each) => each.path.startsWith("/attack"))).toEqual([]);
    });
  });
});
