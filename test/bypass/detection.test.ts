/**
 * Does a real detection find an attack that is packed, or cut where parts are cut? The policy passes bodies on as they are:
 * to unpack and to join is the node's. Played with the mock node, and compared with its journal.
 */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import type { MessageEntry } from "../../host-sim/src/mock-node/index.ts";
import { pieces, request } from "../support/client.ts";
import type { RequestOptions } from "../support/client.ts";
import { describeEngines } from "../support/engines.ts";
import { StrictUpstream } from "./support/strict-upstream.ts";

const mock = await createMockNode({ route_config: { wallarm_mode: "block" } });
const upstream = await StrictUpstream.start();
afterAll(async () => {
  await mock.close();
  await upstream.stop();
});

const TYPE = ["content-type", "application/json"] as const;
const json = (text: string): Buffer => Buffer.from(JSON.stringify({ a: "b", q: text }));
const gzipTwice = (body: Buffer): Buffer => gzipSync(gzipSync(body));

const PACKED: readonly [string, (body: Buffer) => Buffer, string | undefined][] = [
  ["as it is", (body) => body, undefined],
  ["in gzip", gzipSync, "gzip"],
  ["in gzip, named x-gzip in odd case", gzipSync, "X-GZip"],
  ["in gzip that nothing announces", gzipSync, undefined],
  ["in gzip that is said to be br", gzipSync, "br"],
  ["in gzip that is said to be identity", gzipSync, "identity"],
  ["in gzip twice", gzipTwice, "gzip, gzip"],
  ["in gzip twice, announced once", gzipTwice, "gzip"],
  ["in deflate", deflateSync, "deflate"],
  ["in deflate without its frame", deflateRawSync, "deflate"],
  ["in br", brotliCompressSync, "br"],
  ["in br within gzip", (body) => gzipSync(brotliCompressSync(body)), "br, gzip"],
  ["in gzip whose end is missing", (body) => gzipSync(body).subarray(0, -8), "gzip"],
];

const ATTACK = "' UNION SELECT login, password FROM users -- ";
/** No letter of the attack stands in it as it is. */
const ESCAPED = [...ATTACK].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const BOUNDARY = "a-boundary-that-is-longer-than-a-part-of-the-body";
const FORM = ["content-type", `multipart/form-data; boundary=${BOUNDARY}`] as const;
const form = (text: string): Buffer => {
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="f"\r\n\r\n`;
  return Buffer.from(`${head}harmless\r\n${head}${text}\r\n--${BOUNDARY}--\r\n`);
};

/** By the bytes of a part: all of a body in one, or cut wherever it happens. */
for (const limit of [1_048_576, 7]) {
  const options = {
    config: () => ({ wallarm_node: mock.url, wallarm_cluster: "mock", request_body_limit: limit }),
    nodeCluster: { name: "mock", url: mock.url },
    upstream: { url: upstream.url },
  };
  describeEngines(`an attack in a body whose parts are ${limit} bytes`, options, (scene) => {
    const send = async (options: RequestOptions): Promise<number> => {
      upstream.reset();
      mock.journal.clear();
      const path = scene.path();
      const sent = { method: "POST", ...options, path };
      return (await request(scene.gateway, sent)).status;
    };

    test.each(PACKED)("is found %s", async (_, pack, encoding) => {
      const headers =
        encoding === undefined ? [TYPE] : [TYPE, ["content-encoding", encoding] as const];
      expect(await send({ headers, body: pack(json(ATTACK)) })).toBe(403);
      expect(upstream.requests.some((each) => each.complete)).toBe(false);

      const harmless = pack(json("a harmless text"));
      expect(await send({ headers, body: harmless })).toBe(200);
      expect(upstream.requests.at(-1).body).toEqual(harmless);
      expect(journalBody()).toEqual(harmless);
    });

    test.each([
      ["in escapes of JSON", TYPE, Buffer.from(`{"q":"${ESCAPED.join("")}"}`)],
      ["in a part of a form", FORM, form(ATTACK)],
      [
        "in a form field",
        ["content-type", "application/x-www-form-urlencoded"] as const,
        Buffer.from(`a=b&q=${encodeURIComponent(ATTACK)}`),
      ],
    ])("is found %s", async (_, type, body) => {
      for (const size of [body.length, 5]) {
        const sent = { headers: [type], body: pieces(body, size), chunked: true };
        expect(await send(sent)).toBe(403);
        expect(upstream.requests.some((each) => each.complete)).toBe(false);
      }
    });
  });
}

function journalBody(): Buffer {
  const parts = mock.journal.messages({ order: "asc", limit: 10_000 });
  const isRequest = ({ type }: MessageEntry): boolean => type !== "response";
  return Buffer.concat(
    parts.filter(isRequest).map(({ body }) => Buffer.from(body.base64, "base64")),
  );
}
