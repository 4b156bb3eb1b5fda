/** Is a request judged, with headers and body, on hosts that hold headers and on those that do not, whatever the setting? */
import { expect, test } from "vitest";
import { pieces, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

for (const header_holding of ["auto", "on", "off"]) {
  for (const allowOnHeadersStopIteration of [true, false]) {
    const host = allowOnHeadersStopIteration ? "holds headers" : "does not hold headers";
    const options = { config: { header_holding }, allowOnHeadersStopIteration };
    describeTransports(
      `header_holding ${header_holding} on a host that ${host}`,
      options,
      (scene) => {
        test("judges a GET", async () => {
          scene.node.answerWith(block);
          const answer = await request(scene.gateway, { path: scene.path() });
          expect(answer.status).toBe(403);
          expect(scene.upstream.requests).toEqual([]);
        });

        // Three requests in a row prove to `auto` that the host does not hold headers; `on` waits each time.
        const rounds = header_holding === "on" ? 1 : 5;
        test("judges the body of a POST before the API has any of it", async () => {
          scene.node.answerWith((messages) =>
            messages.some((each) => each.body?.includes("attack"))
              ? block(messages)
              : pass(messages),
          );
          for (let round = 0; round < rounds; round++) {
            const path = scene.path();
            const sent = { path, method: "POST", body: "an attack" };
            expect((await request(scene.gateway, sent)).status).toBe(403);
            expect(scene.upstream.find(path)?.bodyBytes ?? 0).toBe(0);
          }
        });

        test("lets a large body through, whole, and each part judged", async () => {
          const body = pattern(3_000_000);
          const path = scene.path();
          const sent = { path, method: "POST", body: pieces(body, 100_000), chunked: true };
          expect((await request(scene.gateway, sent)).status).toBe(200);
          expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
          const { id } = await scene.node.request(path);
          const parts = await eventually("the last part", () => {
            const all = scene.node.partsOf(id);
            return all.at(-1)?.last ? all : undefined;
          });
          const told = Buffer.concat(parts.map((each) => each.body ?? Buffer.alloc(0)));
          expect(sha256(told)).toBe(sha256(body));
        });
      },
    );
  }
}

// A processor is told each head alone, on any host.
describeEngines(
  "a host without header holding, once that is known",
  { config: { header_holding: "off" }, allowOnHeadersStopIteration: false },
  (scene) => {
    test("tells the headers as part 0 at once, and the body after it", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path, method: "POST", body: "x=1" })).status).toBe(
        200,
      );
      const { id } = await scene.node.request(path);
      const parts = scene.node
        .partsOf(id)
        .map((each) => [each.part, each.body?.toString(), each.last]);
      expect(parts).toEqual([
        [0, undefined, false],
        [1, "x=1", true],
      ]);
    });
  },
);

for (const [flexVersion, expected] of [
  ["1.11.9", [undefined, "x=1"]],
  ["1.12.0", ["x=1"]],
] as const) {
  const options = {
    pluginName: "wallarm.default.4711",
    listenerContext: {
      apiId: "4711",
      context: { api: { id: "4711", name: "Shop", version: "v1" }, environment: { flexVersion } },
    },
  };
  // What is told together is seen in our own protocol alone.
  describeEngines(`header_holding auto on Flex ${flexVersion}`, options, (scene) => {
    test("goes by the version", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path, method: "POST", body: "x=1" })).status).toBe(
        200,
      );
      const { id, api } = await scene.node.request(path);
      expect(scene.node.partsOf(id).map((each) => each.body?.toString())).toEqual(expected);
      expect(api).toEqual({ id: "4711", name: "Shop", version: "v1" });
    });
  });
}
