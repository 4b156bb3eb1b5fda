/** Is a request over HTTP/2 judged like one over HTTP/1.1, with small windows too? */
import { afterAll, beforeAll, expect, test } from "vitest";
import { within } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import { answerOf, Http2Client } from "../support/http2-client.ts";
import { block } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

describeTransports("over HTTP/2, a request", { needs: ["http2"] }, (scene) => {
  let client: Http2Client;
  beforeAll(() => void (client = new Http2Client(scene.gateway)));
  afterAll(() => client.close());

  test("is told with its protocol, host and path", async () => {
    const path = `${scene.path()}?a=%20b`;
    const answer = await client.request({ ":path": path, "x-a": ["1", "2"] });
    expect(answer.status).toBe(200);
    const message = await scene.node.request(path);
    expect(message).toMatchObject({ method: "GET", last: true });
    if (scene.over === "connector") expect(message.protocol).toBe("HTTP/2");
    expect(message.host).toBe(`${scene.gateway.host}:${scene.gateway.port}`);
    expect(message.headers.filter(([name]) => name === "x-a")).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
    ]);
  });

  test("that is blocked is answered 403 with its id", async () => {
    scene.node.answerWith(block);
    const path = scene.path();
    const answer = await client.request({ ":path": path });
    const { id } = await scene.node.request(path);
    expect([answer.status, answer.headers["x-wallarm-request-id"]]).toEqual([403, id]);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("with trailers has them told", async () => {
    const path = scene.path();
    const stream = client.session.request(
      { ":path": path, ":method": "POST" },
      {
        waitForTrailers: true,
      },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "4711" }));
    const answer = answerOf(stream);
    stream.end("with trailers");
    expect((await within("the answer", answer)).status).toBe(200);
    const message = await scene.node.whole(path);
    expect(message.trailers).toEqual([["x-sum", "4711"]]);
    expect(message.body.toString()).toBe("with trailers");
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 1_048_577, 5_000_000])(
    "with %i bytes of body arrives whole",
    async (size) => {
      const body = pattern(size);
      const path = scene.path();
      const answer = await client.request({ ":path": path, ":method": "POST" }, body);
      expect(answer.status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
    },
  );
});

describeTransports(
  "with a stream window of 64 KiB, a body over HTTP/2",
  { needs: ["http2"], http2StreamWindow: 65_536 },
  (scene) => {
    test.each([65_535, 65_537, 81_919, 200_000, 1_048_577])(
      "of %i bytes does not hang and arrives whole",
      async (size) => {
        const client = new Http2Client(scene.gateway);
        const body = pattern(size);
        const path = scene.path();
        const answer = await client.request({ ":path": path, ":method": "POST" }, body);
        client.close();
        expect(answer.status).toBe(200);
        expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
        const { id } = await scene.node.request(path);
        const told = scene.node.partsOf(id).map((each) => each.body ?? Buffer.alloc(0));
        expect(sha256(Buffer.concat(told))).toBe(sha256(body));
      },
      20_000,
    );
  },
);

// With `use_remote_address` Envoy writes the scheme itself.
const believing = { needs: ["http2"], clientAddress: { useRemoteAddress: false, skipXffAppend: true } } as const;
describeEngines("over HTTP/2, a scheme", believing, (scene) => {
  let client: Http2Client;
  beforeAll(() => void (client = new Http2Client(scene.gateway)));
  afterAll(() => client.close());

  test.each([
    ["http", "http", undefined],
    ["https", "https", undefined],
    // These two Envoy itself writes in lower case.
    ["HTTPS", "https", undefined],
    ["hTTp", "http", undefined],
    ["ftp", "http", "ftp"],
    ["wss", "http", "wss"],
    ["h", "http", "h"],
  ])("%j is sent as %s", async (scheme, sent, raw) => {
    scene.node.answerWith(block);
    const path = scene.path();
    const answer = await client.request({ ":path": path, ":scheme": scheme });
    const message = await scene.node.request(path);
    expect([message.scheme, message.rawScheme, answer.status]).toEqual([sent, raw, 403]);
  });
});
