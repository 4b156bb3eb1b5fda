/** Is a large upload held to its end, with no byte at the API before the verdict on all of it, and let go once? */
import { expect, test } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const UPLOAD = pattern(5_000_000);

describeTransports("an upload of 5 MB", { config: { node_timeout_ms: 20_000 } }, (scene) => {
  test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
    "reaches the API once its last part has its verdict, and whole (%i of 20)",
    async (round) => {
      const path = scene.path();
      const before = scene.upstream.bytes;
      let judged = 0;
      let early = 0;
      scene.node.answerWith(async (messages) => {
        const [message] = messages;
        if (message!.type === "response") return pass(messages);
        // As long as the gateway moves any byte on its own account, it is given the time to do so.
        await settle(() => scene.upstream.bytes);
        early = Math.max(early, scene.upstream.bytes - before);
        judged += message!.body?.length ?? 0;
        return pass(messages);
      });
      const chunked = round % 2 === 0;
      const body = chunked ? pieces(UPLOAD, 50_000 + round) : UPLOAD;
      const answer = await request(scene.gateway, { path, method: "POST", body, chunked });
      expect(answer.status).toBe(200);
      const seen = await scene.upstream.complete(path);
      expect([seen.bodyBytes, seen.hash]).toEqual([UPLOAD.length, sha256(UPLOAD)]);
      expect(early).toBe(0);
      expect(judged).toBe(UPLOAD.length);
    },
  );

  test("that is blocked in its first part leaves the API with nothing at all", async () => {
    const before = scene.upstream.bytes;
    scene.node.answerWith(block);
    const connection = await Connection.open(scene.gateway);
    const path = scene.path();
    const answer = connection.readResponse();
    void connection.send({ path, method: "POST", body: UPLOAD });
    expect((await within("the answer", answer)).status).toBe(403);
    expect(scene.upstream.bytes).toBe(before);
    expect(scene.node.requests).toHaveLength(1);
    connection.abort();
  });

  test("that is blocked in a later part leaves the API with nothing either", async () => {
    const path = scene.path();
    const before = scene.upstream.bytes;
    scene.node.answerWith((messages) =>
      messages[0]!.part >= 2 ? block(messages) : pass(messages),
    );
    const connection = await Connection.open(scene.gateway);
    void connection.send({ path, method: "POST", body: UPLOAD });
    const answer = await within("the answer", connection.readResponse());
    expect(answer.status).toBe(403);
    expect(scene.upstream.bytes).toBe(before);
    connection.abort();
  });
});

describeTransports(
  "an attack at the border of two parts",
  { config: { request_body_limit: 4096 } },
  (scene) => {
    const attack = "../../../../etc/passwd";
    test.each([-attack.length, -attack.length + 1, -11, -1, 0, 1])(
      "is told to the node whole, at %i bytes from the border",
      async (offset) => {
        // What the node has joined so far decides, as in a real one.
        const joined = new Map<string, Buffer>();
        scene.node.answerWith((messages) => {
          const { id, body } = messages[0]!;
          const all = Buffer.concat([joined.get(id) ?? Buffer.alloc(0), body ?? Buffer.alloc(0)]);
          joined.set(id, all);
          return all.includes(attack) ? block(messages) : pass(messages);
        });
        const body = Buffer.alloc(12_000, "x");
        body.write(attack, 4096 + offset);
        const path = scene.path();
        const connection = await Connection.open(scene.gateway);
        const send = connection.send({
          path,
          method: "POST",
          body: pieces(body, 1000),
          chunked: true,
        });
        const answer = await within("the answer", connection.readResponse());
        await send;
        expect(answer.status).toBe(403);
        const upstream = scene.upstream.find(path);
        expect(upstream?.start.includes(attack) ?? false).toBe(false);
        connection.abort();
      },
    );
  },
);

const longBody = Buffer.concat([Buffer.alloc(10_000, "a"), Buffer.from("../../etc/passwd")]);

describeTransports(
  "request_body_overflow inspect",
  { config: { request_body_limit: 10_000, request_body_overflow: "inspect" } },
  (scene) => {
    test("has what is beyond the limit judged as further parts", async () => {
      scene.node.answerWith((messages) =>
        messages[0]!.body?.includes("etc/passwd") ? block(messages) : pass(messages),
      );
      const answer = await request(scene.gateway, {
        path: scene.path(),
        method: "POST",
        body: longBody,
      });
      expect(answer.status).toBe(403);
    });
  },
);

describeTransports(
  "request_body_overflow pass",
  { config: { request_body_limit: 10_000, request_body_overflow: "pass" } },
  (scene) => {
    test("lets what is beyond the limit flow unjudged, and tells the node", async () => {
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: longBody });
      expect(answer.status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(longBody));
      const message = await scene.node.request(path);
      expect(message.body?.equals(longBody.subarray(0, 10_000))).toBe(true);
      if (scene.over === "connector") expect(message.truncated).toBe(true);
      else expect(message.last).toBe(false);
      expect(scene.node.partsOf(message.id)).toHaveLength(1);
    });

    test("still blocks for what is within the limit", async () => {
      scene.node.answerWith(block);
      const answer = await request(scene.gateway, {
        path: scene.path(),
        method: "POST",
        body: longBody,
      });
      expect(answer.status).toBe(403);
      expect(scene.upstream.requests).toEqual([]);
    });

    test("tells no truncation of a body that fits exactly", async () => {
      const path = scene.path();
      const body = longBody.subarray(0, 10_000);
      await request(scene.gateway, { path, method: "POST", body });
      expect(await scene.node.request(path)).toMatchObject({ truncated: false, bodySize: 10_000 });
    });

    test("lets 5 MB flow on", async () => {
      const path = scene.path();
      await request(scene.gateway, { path, method: "POST", body: UPLOAD });
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(UPLOAD));
    });
  },
);

describeTransports(
  "request_body_overflow block",
  { config: { request_body_limit: 10_000, request_body_overflow: "block" } },
  (scene) => {
    test.each([true, false])("answers a longer body with 413 (chunked: %s)", async (chunked) => {
      const before = scene.upstream.bytes;
      const body = chunked ? pieces(longBody, 3000) : longBody;
      const answer = await request(scene.gateway, {
        path: scene.path(),
        method: "POST",
        body,
        chunked,
      });
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text)).toMatchObject({ error: "content_too_large" });
      expect(answer.header("x-wallarm-request-id")).toMatch(/^[0-9a-f]{32}$/);
      expect(scene.upstream.bytes).toBe(before);
    });

    test("lets a body pass that fits exactly", async () => {
      const path = scene.path();
      const body = longBody.subarray(0, 10_000);
      expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
    });
  },
);

describeTransports("request_body_limit 0", { config: { request_body_limit: 0 } }, (scene) => {
  test("judges requests without a body as ever", async () => {
    scene.node.answerWith(block);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
  });

  test("does not hang a request with a body", async () => {
    const path = scene.path();
    const answer = await request(scene.gateway, { path, method: "POST", body: longBody });
    expect(answer.status).toBe(200);
    expect((await scene.upstream.complete(path)).hash).toBe(sha256(longBody));
  });
});

describeTransports(
  "request_body_limit 0 with request_body_overflow block",
  { config: { request_body_limit: 0, request_body_overflow: "block" } },
  (scene) => {
    test.each([
      ["whose length is declared", "all", {}],
      ["whose length is not", ["a", "ll"], { chunked: true }],
    ])("refuses a body %s: the API sees nothing", async (_, body, framing) => {
      const before = scene.upstream.bytes;
      const path = scene.path();
      const sent = Array.isArray(body) ? body.map((each) => Buffer.from(each)) : body;
      const answer = await request(scene.gateway, { path, method: "POST", body: sent, ...framing });
      expect(answer.status).toBe(413);
      expect(scene.upstream.bytes).toBe(before);
    });

    test("lets requests without a body pass, once they are judged", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(200);
      expect((await scene.node.request(path)).last).toBe(true);
    });
  },
);

/** Resolves once `value` has stood still for some turns of the event loop. */
async function settle(value: () => number): Promise<void> {
  let last = value();
  for (let still = 0; still < 20; still++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (value() !== last) still = 0;
    last = value();
  }
}
