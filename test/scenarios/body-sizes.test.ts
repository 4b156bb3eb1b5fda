/** Does a body of any size arrive whole at the node and at the API, however it is cut, and never before its verdict? */
import { expect, test } from "vitest";
import { Connection, chunk, pieces, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";
import type { RequestOptions, Response } from "../support/client.ts";

const AROUND_LIMITS = [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 262144];
const AROUND_A_PART = [1048575, 1048576, 1048577];
const SIZES = [...AROUND_LIMITS, ...AROUND_A_PART, 5_000_000];
/** Where trailers come behind a body without a length, it has to fit into the gateway's own buffer. */
const BUFFER_LIMIT = 1_048_576;

/** Sends `body`, and holds what node and API have got of it against each other. */
async function arrivesWhole(
  scene: Scene<TestNode>,
  body: Buffer,
  options: RequestOptions,
): Promise<void> {
  const path = scene.path();
  const answer = await request(scene.gateway, { ...options, path, method: "POST" });
  expect(answer.status).toBe(200);
  const seen = await scene.upstream.complete(path);
  expect([seen.bodyBytes, seen.hash]).toEqual([body.length, sha256(body)]);
  const { id } = await scene.node.request(path);
  const parts = await eventually("the last part", () => {
    const all = scene.node.partsOf(id);
    return all.at(-1)?.last ? all : undefined;
  });
  expect(parts.map((each) => each.part)).toEqual(parts.map((_, index) => index));
  expect(parts.map((each) => each.last)).toEqual(parts.map((_, i) => i === parts.length - 1));
  const told = Buffer.concat(parts.map((each) => each.body ?? Buffer.alloc(0)));
  expect([told.length, sha256(told)]).toEqual([body.length, sha256(body)]);
  expect(parts.some((each) => each.truncated)).toBe(false);
}

/** Sends what is refused: nothing of it reaches the API. */
async function leavesNothing(
  scene: Scene<TestNode>,
  options: RequestOptions,
  status: number,
): Promise<Response> {
  const before = scene.upstream.bytes;
  const answer = await request(scene.gateway, { ...options, path: scene.path(), method: "POST" });
  expect(answer.status).toBe(status);
  expect(scene.upstream.bytes).toBe(before);
  return answer;
}

const ways: [string, (body: Buffer) => RequestOptions][] = [
  ["whole, with content-length", (body) => ({ body })],
  [
    "in chunks of 10,000 bytes, the end on the last one",
    (body) => ({
      body: pieces(body, 10_000),
      chunked: true,
    }),
  ],
  ["in one chunk, the end apart", (body) => ({ body: [body], chunked: true, endApart: true })],
];
const trailers = [["x-t", "1"]] as const;

describeTransports("a body", {}, (scene) => {
  for (const [way, options] of ways) {
    test.each(SIZES)(`of %i bytes, ${way}, arrives whole`, async (size) => {
      const body = pattern(size);
      // A chunk of no bytes is the end mark.
      const sent = options(body);
      if (size === 0 && Array.isArray(sent.body))
        return arrivesWhole(scene, body, { ...sent, body: [] });
      return arrivesWhole(scene, body, sent);
    });
  }

  test.each(SIZES.filter((size) => size <= BUFFER_LIMIT))(
    "of %i bytes, in chunks, with trailers that are announced, arrives whole",
    async (size) => {
      const body = pattern(size);
      await arrivesWhole(scene, body, { body: pieces(body, 40_000), trailers });
    },
  );

  test.each(SIZES.filter((size) => size > BUFFER_LIMIT))(
    "of %i bytes, in chunks, with trailers that are announced, is too long: 413, and the API has nothing",
    async (size) => {
      await leavesNothing(scene, { body: pieces(pattern(size), 40_000), trailers }, 413);
    },
  );

  test.each([0, 1, 1024])(
    "of %i bytes, in chunks, with trailers that are not announced, arrives whole",
    async (size) => {
      const body = pattern(size);
      const sent = { body: pieces(body, 100), trailers, announced: false };
      await arrivesWhole(scene, body, sent);
    },
  );

  test.each([1025, 65536, 5_000_000])(
    "of %i bytes, in chunks, with trailers that are not announced, needs a length: 411, and the API has nothing",
    async (size) => {
      const sent = { body: pieces(pattern(size), 40_000), trailers, announced: false };
      const answer = await leavesNothing(scene, sent, 411);
      expect(JSON.parse(answer.text)).toMatchObject({ error: "length_required" });
    },
  );

  test.each([false, true])(
    "that comes a byte at a time arrives whole (chunked: %s)",
    async (chunked) => {
      const body = Buffer.from("drip by drip");
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      const framing = chunked
        ? ["transfer-encoding", "chunked"]
        : ["content-length", `${body.length}`];
      await connection.write(
        connection.head({ method: "POST", path, headers: [framing as [string, string]] }),
      );
      for (const byte of body) {
        await connection.write(chunked ? chunk(Buffer.of(byte)) : Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (chunked) await connection.write("0\r\n\r\n");
      expect((await within("the answer", connection.readResponse())).status).toBe(200);
      expect((await scene.upstream.complete(path)).start.toString()).toBe(body.toString());
      connection.abort();
    },
  );
});

describeTransports("with a buffer limit of 32 KiB, a body", { bufferLimit: 32_768 }, (scene) => {
  test.each([32_767, 32_768, 32_769, 65_383, 100_000, 262_144, 1_048_577])(
    "of %i bytes does not hang and arrives whole",
    async (size) => {
      const body = pattern(size);
      await arrivesWhole(scene, body, { body: pieces(body, 16_384), chunked: true });
    },
  );

  test("with content-length does not hang either", async () => {
    const body = pattern(300_000);
    await arrivesWhole(scene, body, { body });
  });
});
