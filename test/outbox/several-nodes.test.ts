/** Does a node that takes nothing cost the messages of another one that shares the gateway's memory with it? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { ProcessorNode } from "../support/ext-proc/processor-node.ts";
import { silence } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import { pattern } from "../support/pattern.ts";

const SIZE = 1_000_000;
/** More than one node may have under way alone. */
const REQUESTS = 24;
const [FIRST, SECOND] = ["4711", "4712"];

const config = { wallarm_mode: "async", node_timeout_ms: 60_000, breaker_failures: 0 };

/** It takes calls or streams, and nothing comes of them. */
function takeNothing(node: TestNode): void {
  if (node instanceof ProcessorNode) node.processor.readsNothing();
  else node.answerWith(() => silence);
}

describeTransports(
  "a node that takes nothing, beside one that does",
  {
    config,
    pluginName: `wallarm.default.${FIRST}`,
    second: {
      pluginName: `wallarm.default.${SECOND}`,
      // Not the same as the first: the second inspects too.
      config: { ...config, response_body_limit: 4095 },
    },
  },
  (scene) => {
    test("loses what is beyond its share, and the other loses nothing", async () => {
      takeNothing(scene.node);
      const body = pattern(SIZE);
      for (let i = 0; i < REQUESTS; i++) {
        const path = scene.path();
        expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
        expect((await scene.secondNode.whole(path)).body.equals(body)).toBe(true);
      }
      const dropped = (api: string): Promise<number> =>
        scene.gateway.metric(`${api}.outbox_dropped`);
      await eventually("the first has lost some", async () => (await dropped(FIRST)) > 0);
      expect(await dropped(SECOND)).toBe(0);
    });
  },
);
