/**
 * What if the node is started again in the middle of streams? What it was asked about is asked again, so that no verdict is lost;
 * without retries unjudged_action decides, for the node lives. No byte gets through unjudged where that is `block`, nothing hangs,
 * and the next request is judged as ever.
 */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn, refuseAt } from "../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";

const UPLOAD = pattern(5_000_000);
const AT_ONCE = 20;

/** Silent about the first message of which `asks` is true. */
const silentAt =
  (asks: (body: Buffer | undefined, part: number) => boolean): AnswerMessage =>
  (told, stream) => {
    const part = stream.told.filter((each) => each.kind === "request_body").length;
    if (!asks(told.body, part)) carryOn(told, stream);
  };

/** From then on it judges everything. Gives the paths of the requests that have a verdict to their end. */
async function restart(scene: Scene): Promise<ReadonlySet<string>> {
  const judged = new Set<string>();
  scene.processor.stop();
  scene.processor.answerWith((told, stream) => {
    carryOn(told, stream);
    if (told.endOfStream) judged.add(stream.header(":path") ?? "");
  });
  await scene.processor.listen();
  return judged;
}

/** No stream and no request is left, and a request is judged. */
async function asEver(scene: Scene): Promise<void> {
  await eventually("no request is left", async () => (await scene.gateway.activeRequests()) === 0);
  scene.processor.reset();
  scene.processor.answerWith(refuseAt("request_headers", { body: Buffer.from("judged") }));
  await eventually("a request is judged", async () => {
    return (await request(scene.gateway, { path: scene.path() })).text === "judged";
  });
  await eventually("no stream is open", () => scene.processor.open.length === 0);
}

for (const fallback_action of ["pass", "block"]) {
  const passes = fallback_action === "pass";
  const config = { node_timeout_ms: 8000, fallback_action };

  describeEngines(
    `a node that is started again, fallback_action ${fallback_action}`,
    { extProc: true, config },
    (scene) => {
      test.each([
        ["heads", undefined],
        ["bodies of 1 KB", pattern(1000)],
      ])(`while ${AT_ONCE} %s wait for their verdicts`, async (_, body) => {
        scene.processor.answerWith(
          silentAt((told) => (body === undefined ? true : told !== undefined)),
        );
        const paths = Array.from({ length: AT_ONCE }, () => scene.path());
        const method = body === undefined ? "GET" : "POST";
        const sent = { method, ...(body && { body }) };
        const answers = paths.map((path) => request(scene.gateway, { ...sent, path }));
        await eventually("all are asked about", () => {
          const kinds = scene.processor.streams.map((each) => each.kinds.length);
          return kinds.filter((count) => count === (body ? 2 : 1)).length === AT_ONCE;
        });
        expect(scene.upstream.requests).toEqual([]);
        const judged = await restart(scene);
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        const may = (path: string): boolean => passes || judged.has(path);
        expect(statuses).toEqual(paths.map((path) => (may(path) ? 200 : 403)));
        const came = scene.upstream.requests.map((each) => each.path);
        expect(came.sort()).toEqual(paths.filter(may).sort());
        await asEver(scene);
      });

      test("while an upload of 5 MB is held part by part", async () => {
        scene.processor.answerWith(silentAt((_, part) => part > 2));
        const path = scene.path();
        const connection = await Connection.open(scene.gateway);
        void connection.send({ path, method: "POST", body: UPLOAD });
        const response = connection.readResponse();
        const stream = await scene.processor.stream(path);
        await eventually("the third part is asked about", () => stream.kinds.length === 4);
        const judged = await restart(scene);
        const { status } = await within("the answer", response);
        expect(status).toBe(passes || judged.has(path) ? 200 : 403);
        connection.abort();
        const came = scene.upstream.find(path);
        expect(came?.hash).toBe(status === 200 ? sha256(UPLOAD) : undefined);
        await asEver(scene);
      });
    },
  );
}

const async = { wallarm_mode: "async", fallback_action: "block", node_timeout_ms: 8000 };
describeEngines(
  "a node that is started again, async",
  { extProc: true, config: async },
  (scene) => {
    test("costs copies, and no client notices", async () => {
      const paths = Array.from({ length: AT_ONCE }, () => scene.path());
      const connections = await Promise.all(paths.map(() => Connection.open(scene.gateway)));
      const half = UPLOAD.length / 2;
      const headers = [["content-length", String(UPLOAD.length)]] as const;
      for (const [i, connection] of connections.entries()) {
        const path = paths[i]!;
        await connection.write(connection.head({ method: "POST", path, headers }));
        void connection.write(UPLOAD.subarray(0, half));
      }
      await eventually("all are told", () => scene.processor.streams.length === AT_ONCE);
      await restart(scene);
      for (const connection of connections) void connection.write(UPLOAD.subarray(half));
      const answers = await Promise.all(connections.map((each) => each.readResponse()));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      for (const path of paths) expect(scene.upstream.find(path)?.bodyBytes).toBe(UPLOAD.length);
      connections.forEach((connection) => connection.abort());
      scene.processor.reset();
      const path = scene.path();
      await eventually("a request is told", async () => {
        await request(scene.gateway, { path });
        return scene.processor.streams.some((each) => each.header(":path") === path);
      });
      await eventually("no stream is open", () => scene.processor.open.length === 0);
    }, 60_000);
  },
);
