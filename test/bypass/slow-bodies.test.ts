/** Does a client that sends the slowest bodies it can find get another's attacks through? With the mock node, and default settings. */
import { expect, test } from "vitest";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import { request } from "../support/client.ts";
import { clusterName } from "../support/cluster-name.ts";
import { describeEngines } from "../support/engines.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { Upstream } from "../support/upstream.ts";

const NAME = "wallarm.default.4711";
const ATTACK = "/attack?file=../../../../etc/passwd";
const ATTACKS = 100;
/** Each rule has much to do with these, and finds nothing. */
const SLOW = ["x'y ", "<a b='c'>", "select from and or concat( "].flatMap((unit) =>
  [60_000, 900_000].map((bytes) => JSON.stringify({ a: unit.repeat(bytes / unit.length) })),
);

const TRANSPORTS = [
  { over: "connector", mode: "connector-server", scheme: "http" },
  { over: "ext_proc", mode: "envoy-external-filter", scheme: "h2" },
] as const;

describeEngines("a client with slow bodies", {}, (scene) => {
  test.each(TRANSPORTS)(
    "keeps no attack of another from being blocked, over $over",
    { timeout: 120_000 },
    async ({ mode, scheme }) => {
      const node = await createMockNode({ mode, route_config: { wallarm_mode: "block" } });
      const upstream = await Upstream.start();
      const { host } = new URL(node.url);
      const gateway = await scene.engine.start({
        filters: [
          {
            wasm: POLICY_WASM,
            name: NAME,
            rootId: "main",
            vmId: "policy",
            config: { wallarm_node: `${scheme}://${host}` },
            allowOnHeadersStopIteration: true,
          },
        ],
        upstream: { url: upstream.url },
        clusters: { [clusterName(NAME, host)]: { url: node.url, http2: scheme === "h2" } },
      });
      try {
        let attacking = true;
        const slow = Array.from({ length: 6 }, async (_, i) => {
          for (let turn = i; attacking; turn++) {
            const headers = [["content-type", "application/json"]] as const;
            const body = SLOW[turn % SLOW.length]!;
            await request(gateway, { path: "/slow", method: "POST", headers, body });
          }
        });
        const statuses: number[] = [];
        for (let sent = 0; sent < ATTACKS; sent += 10) {
          const ten = Array.from({ length: 10 }, () => request(gateway, { path: ATTACK }));
          statuses.push(...(await Promise.all(ten)).map(({ status }) => status));
        }
        attacking = false;
        await Promise.all(slow);
        expect(statuses).toEqual(Array(ATTACKS).fill(403));
        expect(upstream.requests.filter(({ path }) => path === ATTACK)).toEqual([]);
      } finally {
        await gateway.stop();
        await node.close();
        await upstream.stop();
      }
    },
  );
});
