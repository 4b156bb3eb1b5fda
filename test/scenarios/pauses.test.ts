/** What becomes of a body that pauses? It is held to its end, unless it may be one that expects an answer before it goes on. */
import { expect, test } from "vitest";
import { Connection, chunk } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";

/** Longer than a body may pause before it is taken for one that waits for an answer. */
const PAUSE_MS = 2000;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Writes the head and `first`, and pauses. */
async function begin(
  scene: Scene<TestNode>,
  framing: readonly [string, string],
  first: Uint8Array,
): Promise<{ connection: Connection; path: string }> {
  const path = scene.path();
  const connection = await Connection.open(scene.gateway);
  await connection.write(connection.head({ method: "POST", path, headers: [framing] }));
  await connection.write(first);
  await pause();
  return { connection, path };
}

const chunked = ["transfer-encoding", "chunked"] as const;

describeTransports("a body that pauses", {}, (scene) => {
  test("and has a content-length is held: nothing is asked and nothing goes on before its end", async () => {
    const before = scene.upstream.bytes;
    const { connection, path } = await begin(scene, ["content-length", "10"], Buffer.from("first"));
    expect(scene.node.requests.filter((each) => each.body !== undefined)).toEqual([]);
    expect(scene.upstream.bytes).toBe(before);
    await connection.write("-last");
    expect((await within("the answer", connection.readResponse())).status).toBe(200);
    expect((await scene.upstream.complete(path)).start.toString()).toBe("first-last");
    const { body, last } = await scene.node.whole(path);
    expect([body.toString(), last]).toEqual(["first-last", true]);
    connection.abort();
  });

  test("is judged as one where it has a content-length: the pause hides no attack", async () => {
    scene.node.answerWith((messages) =>
      messages.some((each) => each.body?.includes("etc/passwd")) ? block(messages) : pass(messages),
    );
    const before = scene.upstream.bytes;
    const first = Buffer.from("../../etc/");
    const { connection } = await begin(scene, ["content-length", "16"], first);
    await connection.write("passwd");
    expect((await within("the answer", connection.readResponse())).status).toBe(403);
    expect(scene.upstream.bytes).toBe(before);
    connection.abort();
  });

  test.each([1, 5, 1024])(
    "after %i bytes without a length is judged and goes on as far as it came, and later by pieces",
    async (size) => {
      const body = pattern(size);
      const { connection, path } = await begin(scene, chunked, chunk(body));
      await eventually("the API has it", () => scene.upstream.find(path)?.bodyBytes === size);
      await connection.write(chunk(Buffer.from("and more")));
      await eventually("and the next", () => scene.upstream.find(path)?.bodyBytes === size + 8);
      await connection.write("0\r\n\r\n");
      expect((await within("the answer", connection.readResponse())).status).toBe(200);
      const all = Buffer.concat([body, Buffer.from("and more")]);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(all));
      expect((await scene.node.whole(path)).body.equals(all)).toBe(true);
      connection.abort();
    },
  );

  test("is cut off at the piece that is blocked, which the API never sees", async () => {
    scene.node.answerWith((messages) =>
      messages.some((each) => each.body?.includes("attack")) ? block(messages) : pass(messages),
    );
    const { connection, path } = await begin(scene, chunked, chunk(Buffer.from("fine")));
    await eventually("the API has it", () => scene.upstream.find(path)?.bodyBytes === 4);
    await connection.write(chunk(Buffer.from("an attack")));
    await eventually("the API sees it broken off", () => scene.upstream.find(path)?.aborted);
    expect(scene.upstream.find(path)).toMatchObject({ bodyBytes: 4, complete: false });
    connection.abort();
  });

  test.each([1025, 200_000])("after %i bytes without a length is held to its end", async (size) => {
    const body = pattern(size);
    const before = scene.upstream.bytes;
    const { connection, path } = await begin(scene, chunked, chunk(body));
    expect(scene.upstream.bytes).toBe(before);
    await connection.write(`${chunk(Buffer.from("!")).toString()}0\r\n\r\n`);
    expect((await within("the answer", connection.readResponse())).status).toBe(200);
    const all = Buffer.concat([body, Buffer.from("!")]);
    expect((await scene.upstream.complete(path)).hash).toBe(sha256(all));
    expect((await scene.node.whole(path)).body.equals(all)).toBe(true);
    connection.abort();
  });
});
