/** What becomes of a body that is longer than may be held? With `inspect` it goes on part by part, each after its verdict. */
import { expect, test } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const UPLOAD = pattern(20_000_000);
/** Bytes on the wire that are no body: heads and chunk frames. */
const FRAMING = 100_000;

describeTransports(
  "an upload of 20 MB on a plain route",
  { config: { node_timeout_ms: 20_000 } },
  (scene) => {
    test.each([false, true])(
      "goes on in parts, each after its verdict, and arrives whole (chunked: %s)",
      async (chunked) => {
        const path = scene.path();
        const before = scene.upstream.bytes;
        let judged = 0;
        let early = 0;
        let goneBeforeLast = 0;
        scene.node.answerWith((messages) => {
          const [message] = messages;
          if (message!.type === "response") return pass(messages);
          const gone = scene.upstream.bytes - before;
          early = Math.max(early, gone - judged - (judged && FRAMING));
          if (message!.last) goneBeforeLast = gone;
          judged += message!.body?.length ?? 0;
          return pass(messages);
        });
        const body = chunked ? pieces(UPLOAD, 60_000) : UPLOAD;
        const answer = await request(scene.gateway, {
          path,
          method: "POST",
          body,
          chunked,
          deadlineMs: 60_000,
        });
        expect(answer.status).toBe(200);
        const seen = await scene.upstream.complete(path);
        expect([seen.bodyBytes, seen.hash]).toEqual([UPLOAD.length, sha256(UPLOAD)]);
        expect(sha256((await scene.node.whole(path)).body)).toBe(sha256(UPLOAD));
        expect(early).toBeLessThanOrEqual(0);
        // It was not held to its end.
        expect(goneBeforeLast).toBeGreaterThan(0);
      },
      90_000,
    );

    test("that is blocked in a late part is cut off there, and the API gets no more than was judged", async () => {
      let passed = 0;
      scene.node.answerWith((messages) => {
        const [message] = messages;
        if (message!.part >= 14) return block(messages);
        passed += message!.body?.length ?? 0;
        return pass(messages);
      });
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body: UPLOAD });
      const answer = await within("the answer", connection.readResponse(), 30_000);
      expect(answer.status).toBe(403);
      const seen = await eventually("the API sees a broken request", () => {
        const found = scene.upstream.find(path);
        return found?.aborted ? found : undefined;
      });
      expect(seen.complete).toBe(false);
      expect(seen.bodyBytes).toBeLessThanOrEqual(passed);
      connection.abort();
    }, 60_000);
  },
);

describeTransports(
  "request_hold_limit where the route keeps what goes on, for a retry",
  {
    config: { request_body_limit: 50_000, request_hold_limit: 100_000 },
    route: { retryPolicy: { retryOn: "5xx", numRetries: 1 } },
  },
  (scene) => {
    test("lets what may be held arrive whole", async () => {
      const body = pattern(100_000);
      const path = scene.path();
      expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
    });

    test("never doubles what is longer: it arrives whole, or is refused and says why", async () => {
      const body = pattern(400_000);
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body });
      if (answer.status === 200) {
        expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
        return;
      }
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text)).toMatchObject({ error: "not_held" });
      expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
      expect(await scene.gateway.metric("requests_not_held")).toBe(1);
      expect(scene.logged("has a retry_policy or internal_redirect_policy")).toHaveLength(1);
    });
  },
);
