/** Is the node told of the response what the contract says, without the response ever being held? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import type { RequestOptions, Response } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports, testOver } from "../support/engines.ts";
import { header } from "../support/http1-reader.ts";
import type { Message } from "../support/node/messages.ts";
import { block, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";

interface Told {
  readonly answer: Response;
  readonly message: Message;
}

/** What only our own protocol tells. */
const sizes = ({ over }: Scene<TestNode>, bodySize: number): Partial<Message> =>
  over === "connector" ? { bodySize } : {};

async function told(scene: Scene<TestNode>, options: RequestOptions = {}): Promise<Told> {
  const path = scene.path();
  const answer = await request(scene.gateway, { ...options, path });
  const { id } = await scene.node.request(path);
  return { answer, message: await scene.node.responseTo(id) };
}

describeTransports("the message about a response", {}, (scene) => {
  test("has status, headers, body, size and times", async () => {
    const began = Date.now();
    const { answer, message } = await told(scene);
    expect(answer.status).toBe(200);
    expect(message).toMatchObject({ type: "response", status: 200, truncated: false });
    expect(message).toMatchObject(sizes(scene, 18));
    expect(message.body?.toString()).toBe("hello from the API");
    expect(header(message.headers, "content-type")).toBe("text/plain");
    expect(message.headers.some(([name]) => name.startsWith(":"))).toBe(false);
    if (scene.over === "ext_proc") return;
    expect(message.duration).toBeLessThan(5_000_000);
    expect(Number(message.time! / 1000n)).toBeGreaterThanOrEqual(began - 1);
  });

  test("of an answer to HEAD has no body", async () => {
    const { message } = await told(scene, { method: "HEAD" });
    expect(message).toMatchObject({ status: 200, truncated: false, ...sizes(scene, 0) });
    expect(message.body).toBeUndefined();
  });

  test.each([204, 304])("of a %i has no body", async (status) => {
    scene.upstream.answerWith((response) => void response.writeHead(status).end());
    const { answer, message } = await told(scene);
    expect(answer.status).toBe(status);
    expect(message).toMatchObject({ status, ...sizes(scene, 0) });
    expect(message.body).toBeUndefined();
  });

  test("has at most 4096 bytes of the body by default, and says so", async () => {
    const body = pattern(5_000_000);
    scene.upstream.answerWith((response) => void response.end(body));
    const { answer, message } = await told(scene);
    expect(answer.body.equals(body)).toBe(true);
    expect(message.body?.equals(body.subarray(0, 4096))).toBe(true);
    expect(message).toMatchObject({ truncated: true, ...sizes(scene, 5_000_000) });
  });

  test("has all of a body of exactly 4096 bytes", async () => {
    scene.upstream.answerWith((response) => void response.end(pattern(4096)));
    const { message } = await told(scene);
    expect(message.body?.equals(pattern(4096))).toBe(true);
    expect(message).toMatchObject({ truncated: false, ...sizes(scene, 4096) });
  });

  test("has repeated and empty headers and values that are not UTF-8", async () => {
    scene.upstream.answerWith((response) => {
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.setHeader("x-empty", "");
      response.setHeader("x-raw", "caf\u00e9");
      response.end();
    });
    const { message } = await told(scene);
    const kept = message.headers.filter(([name]) => /^set-cookie|^x-(empty|raw)/.test(name));
    expect(kept).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-empty", ""],
      ["x-raw", "caf\u00e9"],
    ]);
  });

  const untold = "trailers of a response are not told, as with Envoy's own filter by default";
  testOver(
    scene,
    "connector",
    untold,
  )("has the trailers", async () => {
    scene.upstream.answerWith((response) => {
      response.setHeader("trailer", "x-sum");
      response.write("with trailers");
      response.addTrailers({ "x-sum": "4711" });
      response.end();
    });
    const { answer, message } = await told(scene);
    expect(answer.trailers).toEqual([["x-sum", "4711"]]);
    expect(message.trailers).toEqual([["x-sum", "4711"]]);
    expect(message.body?.toString()).toBe("with trailers");
  });

  test("is sent for the gateway's own answer too, when the API is gone in the middle", async () => {
    scene.upstream.answerWith((response) => void response.socket!.destroy());
    const { answer, message } = await told(scene);
    expect(answer.status).toBe(503);
    expect(message.status).toBe(503);
  });

  test("is sent when the API breaks off its answer", async () => {
    scene.upstream.answerWith((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("only so much", () => response.socket!.destroy());
    });
    const path = scene.path();
    await request(scene.gateway, { path }).catch(() => undefined);
    const { id } = await scene.node.request(path);
    const message = await scene.node.responseTo(id);
    expect(message).toMatchObject({ status: 200 });
    expect(message.body?.toString()).toBe("only so much");
  });

  test("does not hold the response: the client has its first byte before the API has ended", async () => {
    const gate = new Gate();
    scene.upstream.answerWith(async (response) => {
      response.write("first");
      await gate.opened;
      response.end("last");
    });
    const connection = await Connection.open(scene.gateway);
    const path = scene.path();
    await connection.send({ path });
    await eventually("the first bytes are there", () => connection.unread > 0);
    gate.open();
    expect((await within("the answer", connection.readResponse())).text).toBe("firstlast");
    connection.abort();
  });

  test("is not sent for a request that was blocked", async () => {
    scene.node.answerWith((messages) => block(messages));
    const blocked = scene.path();
    await request(scene.gateway, { path: blocked });
    const { id } = await scene.node.request(blocked);
    scene.node.answerWith(() => silence);
    scene.node.reset();
    await told(scene);
    expect(scene.node.responses.some((each) => each.id === id)).toBe(false);
  });
});

describeTransports("parse_responses false", { config: { parse_responses: false } }, (scene) => {
  test("keeps the body from the node, which is told how large it was", async () => {
    const { answer, message } = await told(scene);
    expect(answer.text).toBe("hello from the API");
    expect(message).toMatchObject({ status: 200, truncated: true, ...sizes(scene, 18) });
    expect(message.body).toBeUndefined();
  });
});

for (const [limit, size, truncated] of [
  [0, 0, true],
  [1, 1, true],
  [17, 17, true],
  [18, 18, false],
  [1_000_000, 18, false],
] as const) {
  const config = { response_body_limit: limit };
  describeTransports(`response_body_limit ${limit}`, { config }, (scene) => {
    test(`sends ${size} of 18 bytes`, async () => {
      const { answer, message } = await told(scene);
      expect(answer.text).toBe("hello from the API");
      expect(message.body?.length ?? 0).toBe(size);
      expect(message).toMatchObject({ truncated, ...sizes(scene, 18) });
    });
  });
}
