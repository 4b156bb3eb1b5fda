/** Does the verdict of the node decide what becomes of a request, and does the client learn what it needs to? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeTransports, testOver } from "../support/engines.ts";
import { block, pass, verdictOn, verdicts } from "../support/node/replies.ts";

describeTransports("a verdict", {}, (scene) => {
  test("of pass lets a GET reach the API, whose answer reaches the client", async () => {
    const path = scene.path();
    const answer = await request(scene.gateway, { path });
    expect([answer.status, answer.text]).toEqual([200, "hello from the API"]);
    expect(scene.upstream.find(path)?.method).toBe("GET");
    expect(scene.node.requests).toHaveLength(1);
  });

  test("of block answers a GET with 403 and the id that the node was told", async () => {
    scene.node.answerWith(block);
    const path = scene.path("etc/passwd");
    const answer = await request(scene.gateway, { path });
    const { id } = await scene.node.request(path);
    expect(answer.status).toBe(403);
    expect(answer.header("content-type")).toBe("application/json");
    expect(answer.header("cache-control")).toBe("no-store");
    expect(answer.header("x-wallarm-request-id")).toBe(id);
    expect(JSON.parse(answer.text)).toMatchObject({ error: "forbidden", requestId: id });
    expect(scene.upstream.requests).toEqual([]);
  });

  test("of block answers a HEAD with 403 and no body", async () => {
    scene.node.answerWith(block);
    const answer = await request(scene.gateway, { path: scene.path(), method: "HEAD" });
    expect(answer.status).toBe(403);
    expect(answer.header("x-wallarm-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("of block answers a POST with 403, and the API sees nothing of it", async () => {
    scene.node.answerWith(block);
    const seen = scene.upstream.bytes;
    const answer = await request(scene.gateway, {
      path: scene.path(),
      method: "POST",
      body: "id=1 OR 1=1",
    });
    expect(answer.status).toBe(403);
    expect(scene.upstream.bytes).toBe(seen);
  });

  test("is waited for: the API gets no byte before it", async () => {
    const gate = new Gate();
    scene.node.answerWith(async (messages) => {
      await gate.opened;
      return pass(messages);
    });
    const seen = scene.upstream.bytes;
    const path = scene.path();
    const answer = request(scene.gateway, { path, method: "POST", body: "held" });
    const message = await scene.node.request(path);
    expect(message.body?.toString()).toBe("held");
    expect(scene.upstream.bytes).toBe(seen);
    gate.open();
    expect((await answer).status).toBe(200);
    expect(scene.upstream.find(path)?.start.toString()).toBe("held");
  });

  const named = testOver(scene, "connector", "what a processor says has no names");
  named("of an unknown action is no verdict: unjudged_action blocks the request", async () => {
    scene.node.answerWith(([message]) => verdicts(verdictOn(message!, "perhaps")));
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("may carry more than the policy knows of", async () => {
    scene.node.answerWith(([message]) =>
      verdicts(verdictOn(message!, "block", { application: 7, future: { deep: [1, null, 2.5] } })),
    );
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("may be given twice, if both are equal", async () => {
    scene.node.answerWith(([message]) => {
      const verdict = verdictOn(message!, "block");
      return verdicts(verdict, verdict);
    });
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("proposes no status of its own: 403 it is", async () => {
    scene.node.answerWith(([message]) => verdicts(verdictOn(message!, "block", { status: 451 })));
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("is asked for anew by each request, under an id of its own", async () => {
    const paths = Array.from({ length: 20 }, () => scene.path());
    for (const path of paths) await request(scene.gateway, { path });
    await eventually("20 messages", () => scene.node.requests.length === 20);
    expect(new Set(scene.node.requests.map((each) => each.id)).size).toBe(20);
  });
});
