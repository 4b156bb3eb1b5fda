/** Are trailers held like the body before them, and do they pass where the body has passed? */
import { expect, test } from "vitest";
import { Connection, chunk, pieces, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const trailers = [["x-sum", "4711"]] as const;
const bodies = [
  ["without a body", 0],
  ["with a small body", 10],
  ["with a body of several parts", 250_000],
] as const;

describeTransports(
  "a request with trailers",
  { config: { request_body_limit: 100_000, node_timeout_ms: 20_000 } },
  (scene) => {
    test.each(bodies)("%s is held until its verdict", async (_, size) => {
      const gate = new Gate();
      const before = scene.upstream.bytes;
      scene.node.answerWith(async (messages) => {
        if (messages[0]!.last) await gate.opened;
        return pass(messages);
      });
      const path = scene.path();
      const body = pattern(size);
      const sent = { path, method: "POST", body: pieces(body, 10_000), trailers };
      const answer = request(scene.gateway, sent);
      const last = await eventually("the last part is asked about", () =>
        scene.node.requests.find((each) => each.last && each.type !== "response"),
      );
      expect(last.trailers).toEqual(trailers);
      if (last.part === 0) expect(scene.upstream.bytes).toBe(before);
      expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
      gate.open();
      expect((await answer).status).toBe(200);
      const seen = await scene.upstream.complete(path);
      expect([seen.hash, seen.trailers]).toEqual([sha256(body), trailers]);
    });

    test.each(bodies)("%s is blocked for its trailers", async (_, size) => {
      scene.node.answerWith((messages) =>
        messages.some((each) => each.trailers !== undefined) ? block(messages) : pass(messages),
      );
      const path = scene.path();
      const sent = { path, method: "POST", body: pieces(pattern(size), 10_000), trailers };
      const answer = await request(scene.gateway, sent);
      expect(answer.status).toBe(403);
      expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
      expect(scene.upstream.find(path)?.trailers ?? []).toEqual([]);
    });
  },
);

const routes = [
  ["nothing", {}],
  ["a retry policy", { route: { retryPolicy: { retryOn: "5xx", numRetries: 2 } } }],
] as const;

for (const [what, options] of routes) {
  describeTransports(
    `on a route with ${what}, trailers of a request that fallback_action has let through before they came`,
    { ...options, config: { node_timeout_ms: 200, request_body_limit: 10 } },
    (scene) => {
      test("pass with the rest of its body, and nothing comes twice", async () => {
        scene.node.answerWith(() => silence);
        scene.node.answerProbesWith(() => silence);
        const path = scene.path();
        const connection = await Connection.open(scene.gateway);
        await connection.write(connection.head({ method: "POST", path, trailers }));
        const pieces = ["more than ten bytes", " and some more", " and more"];
        let sent = 0;
        for (const piece of pieces) {
          await connection.write(chunk(Buffer.from(piece)));
          sent += piece.length;
          await eventually(`"${piece}" is let through`, () => {
            return (scene.upstream.find(path)?.bodyBytes ?? 0) >= sent;
          });
        }
        await connection.write("0\r\nx-sum: 4711\r\n\r\n");
        expect((await within("the answer", connection.readResponse())).status).toBe(200);
        const seen = await scene.upstream.complete(path);
        expect([seen.start.toString(), seen.trailers]).toEqual([pieces.join(""), trailers]);
        connection.abort();
      });
    },
  );

  describeTransports(
    `on a route with ${what}, trailers of a request that request_body_overflow lets through`,
    { ...options, config: { request_body_limit: 10, request_body_overflow: "pass" } },
    (scene) => {
      test.each([19, 5000])("pass with all of a body of %i bytes", async (size) => {
        const body = pattern(size);
        const path = scene.path();
        const sent = { path, method: "POST", body: pieces(body, 1000), trailers };
        expect((await request(scene.gateway, sent)).status).toBe(200);
        const seen = await scene.upstream.complete(path);
        expect([seen.hash, seen.trailers]).toEqual([sha256(body), trailers]);
        const { body: asked } = await scene.node.request(path);
        expect(asked?.equals(body.subarray(0, 10))).toBe(true);
      });
    },
  );
}
