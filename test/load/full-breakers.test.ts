/** Is a node that is busy taken for one that is away? Where the gateway may ask it few questions at a time, nothing passes unjudged. */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";

const ATTACKS = 60;
const OTHERS = 60;
/** What the node takes for an answer, and how long it has: seconds apart, as a busy machine is late with both. */
const SLOW_MS = 4_000;
const PATIENCE_MS = 6_000;

describeTransports(
  "a node that the gateway may ask 4 questions at a time",
  { nodeCluster: { maxRequests: 4 }, config: { node_timeout_ms: 20_000 } },
  (scene) => {
    test("is waited for: no attack passes, and no other request is lost", async () => {
      scene.node.answerWith(async (messages) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const isAttack = messages.some((each) => each.path?.startsWith("/attack"));
        return isAttack ? block(messages) : pass(messages);
      });
      const send = async (path: string): Promise<number> =>
        (await request(scene.gateway, { path })).status;
      const attacks = Array.from({ length: ATTACKS }, (_, i) => send(`/attack/${i}`));
      const others = Array.from({ length: OTHERS }, (_, i) => send(`/other/${i}`));
      expect(new Set(await Promise.all(attacks))).toEqual(new Set([403]));
      expect(new Set(await Promise.all(others))).toEqual(new Set([200]));
    });
  },
);

describeTransports(
  "a node that stays full",
  { nodeCluster: { maxRequests: 2 }, config: { node_timeout_ms: PATIENCE_MS } },
  (scene) => {
    test("lets nothing pass: what found no room is blocked by unjudged_action", async () => {
      // Two questions occupy it; a probe would find no room either.
      scene.node.answerWith(async (messages) => {
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        return pass(messages);
      });
      const send = async (path: string): Promise<number> =>
        (await request(scene.gateway, { path })).status;
      const all = Array.from({ length: 30 }, (_, i) => send(`/crowd/${i}`));
      const statuses = await Promise.all(all);
      expect(statuses.filter((each) => each === 403).length).toBeGreaterThan(0);
      expect(await scene.gateway.metric("fallback_passed")).toBe(0);
      expect(await scene.gateway.metric("unjudged_passed")).toBe(0);
    });
  },
);
