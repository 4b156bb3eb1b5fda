/** What if an external processor fails in ways that a node over HTTP has not? The others: test/scenarios/failures.test.ts. */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn } from "../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../support/ext-proc/processor.ts";

/** The two actions differ: the status shows which of them has decided. */
const other = { pass: "block", block: "pass" } as const;
const statusBy = (action: "pass" | "block"): number => (action === "pass" ? 200 : 403);

for (const fallback of ["pass", "block"] as const) {
  const unjudged = other[fallback];
  const config = {
    fallback_action: fallback,
    unjudged_action: unjudged,
    node_timeout_ms: 1000,
    breaker_failures: 0,
  };

  describeEngines(`processor, fallback_action ${fallback}:`, { extProc: true, config }, (scene) => {
    const post = async (): Promise<number> => {
      const sent = { path: scene.path(), method: "POST", body: "a" };
      return (await request(scene.gateway, sent)).status;
    };
    const silentAboutBodies: AnswerMessage = (told, stream) => {
      if (told.kind !== "request_body") carryOn(told, stream);
    };

    test("a body's part without an answer, though its health service answers", async () => {
      scene.processor.answerWith(silentAboutBodies);
      expect(await post()).toBe(statusBy(unjudged));
    });

    test("a body's part without an answer, and none about its health", async () => {
      scene.processor.answerWith(silentAboutBodies);
      scene.processor.answerChecksWith(() => new Promise(() => {}));
      expect(await post()).toBe(statusBy(fallback));
    });

    test("an answer to a response's head that never comes: the response goes on", async () => {
      scene.processor.answerWith((told, stream) => {
        if (told.kind !== "response_headers") carryOn(told, stream);
      });
      const answer = await request(scene.gateway, { path: scene.path() });
      expect([answer.status, answer.text]).toEqual([200, "hello from the API"]);
    });
  });

  describeEngines(
    `processor, fallback_action ${fallback}, a cluster that the gateway does not know`,
    { extProc: true, config: { ...config, wallarm_cluster: "nowhere" } },
    (scene) => {
      test("decides at once, and says what is wrong", async () => {
        const answer = await request(scene.gateway, { path: scene.path() });
        expect(answer.status).toBe(fallback === "pass" ? 200 : 403);
        const told = (): string[] => scene.logged('cluster "nowhere" is unknown to the gateway');
        await eventually("it is told", () => told().length > 0);
        expect(told()).toHaveLength(1);
      });
    },
  );
}

const patient = { node_timeout_ms: 8000, fallback_action: "block" };
describeEngines("a processor", { extProc: true, config: patient }, (scene) => {
  test("that answers everything twice does no harm", async () => {
    const path = scene.path();
    scene.processor.answerWith((told, stream) => {
      carryOn(told, stream);
      carryOn(told, stream);
    });
    const answer = await request(scene.gateway, { path });
    expect([200, 403]).toContain(answer.status);
    scene.processor.reset();
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});
