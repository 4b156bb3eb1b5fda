/** Does the gateway survive thousands of requests that are due in one tick, and serve the next as if nothing had been? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass, silence } from "../support/node/replies.ts";
import { Crowd } from "./support/crowd.ts";

const MANY = 5_000;
const head = { ":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/crowd" };
const deadline = { timeout: 120_000 };

describeTransports(
  "requests that are due at once",
  { needs: ["http2"], config: { node_timeout_ms: 1_500, fallback_action: "block" } },
  (scene) => {
    test("because the node says nothing are all answered", deadline, async () => {
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
      scene.node.answerWith(() => silence);
      const crowd = new Crowd(scene.gateway);
      crowd.open(MANY, head, true);
      await crowd.allAnswered();
      crowd.leave();
      expect([...crowd.answers.keys()]).toEqual([403]);
      scene.node.answerWith(pass);
      await eventually("the node is asked again", async () => {
        return (await request(scene.gateway, { path: scene.path() })).status === 200;
      });
    });

    test("because their clients bring nothing more don't open the way", deadline, async () => {
      const crowd = new Crowd(scene.gateway);
      crowd.open(MANY, { ...head, ":method": "POST" }, false);
      scene.node.answerWith((messages) => {
        const isAttack = messages.some((each) => each.path?.includes("attack"));
        return isAttack ? block(messages) : pass(messages);
      });
      await eventually("they wait", async () => (await scene.gateway.activeRequests()) >= MANY / 2);
      for (let i = 0; i < 20; i++) {
        const { status } = await request(scene.gateway, { path: "/attack" });
        expect(status).toBe(403);
      }
      crowd.leave();
      await eventually("others are served", async () => {
        return (await request(scene.gateway, { path: scene.path() })).status === 200;
      });
    });
  },
);
