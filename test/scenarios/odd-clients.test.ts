/** What if client or API do not behave like everybody: pipelining, HTTP/1.0, half-closed, refused by the gateway itself, early? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports, testOver } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";

describeTransports("a client", {}, (scene) => {
  test("that sends three requests at once gets three answers, in order, each judged", async () => {
    scene.node.answerWith((messages) =>
      messages.some((each) => each.path?.startsWith("/bad")) ? block(messages) : pass(messages),
    );
    const connection = await Connection.open(scene.gateway);
    const paths = [scene.path("good"), scene.path("bad"), scene.path("good")];
    await connection.write(paths.map((path) => connection.head({ path })).join(""));
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      statuses.push((await within("an answer", connection.readResponse())).status);
    }
    expect(statuses).toEqual([200, 403, 200]);
    connection.abort();
  });

  test("of HTTP/1.0 is judged, and the node is told its protocol", async () => {
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    await connection.write(`GET ${path} HTTP/1.0\r\nhost: old.example\r\n\r\n`);
    expect((await within("the answer", connection.readResponse())).status).toBe(200);
    const message = await scene.node.request(path);
    expect(message.last).toBe(true);
    if (scene.over === "connector") expect(message.protocol).toBe("HTTP/1.0");
    connection.abort();
  });

  test.each([
    ["rubbish", "\x00\x01\x02 what?\r\n\r\n"],
    ["a header line without colon", "GET / HTTP/1.1\r\nhost: a\r\nno colon here\r\n\r\n"],
    [
      "content-length twice",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
    ],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    [
      "both lengths",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("whose request the gateway itself refuses (%s) leaves no harm", async (_, bytes) => {
    const connection = await Connection.open(scene.gateway);
    await connection.write(bytes);
    const answer = await within("the answer", connection.readResponse());
    expect(answer.status).toBe(400);
    connection.abort();
    expect(scene.upstream.requests).toEqual([]);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });

  test("with a chunk that is none, in the middle of a held body, leaves no harm", async () => {
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    const headers = [["transfer-encoding", "chunked"]] as const;
    await connection.write(connection.head({ method: "POST", path, headers }));
    await connection.write("5\r\nfirst\r\nthis is no chunk\r\n");
    await connection.closed();
    expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });

  test("that sends more headers than the gateway takes is answered 431, unasked", async () => {
    const headers = Array.from({ length: 101 }, (_, i) => [`x-${i}`, "1"] as const);
    const answer = await request(scene.gateway, { path: scene.path(), headers });
    expect(answer.status).toBe(431);
    expect(scene.node.requests).toEqual([]);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});

// Longer than may be held, so that it goes on part by part.
const inParts = { request_body_limit: 100_000, request_hold_limit: 50_000 };

describeTransports("an API", { config: inParts }, (scene) => {
  const inOrder = "a processor answers in order: a response's head only after the body's part";
  testOver(
    scene,
    "connector",
    inOrder,
  )(
    "that answers on the headers, before the body has been judged, ends the request in peace",
    async () => {
      const gate = new Gate();
      scene.node.answerWith(async (messages) => {
        const hasBegun = scene.upstream.requests.length > 0;
        if (hasBegun && messages[0]!.type !== "response") await gate.opened;
        return pass(messages);
      });
      scene.upstream.answerWith((response) => {
        // It reads on: a close with bytes unread would be a reset, which may overtake the answer.
        response.writeHead(401);
        response.end("not you");
      }, "on the headers");
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body: pattern(1_000_000) });
      const answer = await within("the answer", connection.readResponse());
      expect([answer.status, answer.text]).toEqual([401, "not you"]);
      connection.abort();
      gate.open();
      await eventually("late verdicts are delivered", () => scene.node.waiting.length === 0);
      scene.node.reset();
      scene.upstream.reset();
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    },
  );

  test("whose answer has begun when a later part is blocked is cut off, and so is the answer", async () => {
    scene.node.answerWith((messages) => {
      const [message] = messages;
      const hasBegun = scene.upstream.requests.length > 0;
      return message!.type !== "response" && hasBegun ? block(messages) : pass(messages);
    });
    scene.upstream.answerWith((response) => void response.write("begun"), "on the headers");
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    await connection.write(
      connection.head({ method: "POST", path, headers: [["content-length", "200000"]] }),
    );
    await connection.write(pattern(100_000));
    await eventually("the answer has begun", () => connection.unreadBytes.includes("begun"));
    await connection.write(pattern(100_000));
    await connection.closed();
    // The last chunk's mark would say that the answer is whole.
    expect(connection.unreadBytes.includes("\r\n0\r\n")).toBe(false);
    await eventually("the API sees it broken off", () => scene.upstream.find(path)?.aborted);
    expect(scene.upstream.find(path)!.bodyBytes).toBeLessThanOrEqual(100_000);
  });

  test("that can't be reached is the gateway's to report, and the node is told of it", async () => {
    scene.upstream.answerWith((response) => void response.socket!.destroy());
    const path = scene.path();
    expect((await request(scene.gateway, { path, method: "POST", body: "x" })).status).toBe(503);
    const { id } = await scene.node.request(path);
    expect((await scene.node.responseTo(id)).status).toBe(503);
  });
});
