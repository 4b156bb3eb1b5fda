/** What is the node told of what breaks off, of what goes on and on, and of what is no body at all? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports, testOver } from "../support/engines.ts";
import { ProcessorNode } from "../support/ext-proc/processor-node.ts";
import type { Message } from "../support/node/messages.ts";
import type { TestNode } from "../support/node/test-node.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";

/** What is told of all that this message is the last of, if its stream broke off: by our contract, or by no end. */
function expectAborted({ over }: Scene<TestNode>, message: Message): void {
  if (over === "connector") expect(message).toMatchObject({ aborted: true, last: true });
  else if (message.type === "response") expect(message.truncated).toBe(true);
  else expect(message.last).toBe(false);
}

/** Over gRPC: nothing of what was said of it was its end. */
function expectNoEnd(node: TestNode, kind: "request" | "response"): void {
  if (!(node instanceof ProcessorNode)) return;
  const told = node.processor.streams.flatMap((stream) => stream.told);
  const its = told.filter((each) => each.kind.startsWith(kind));
  expect(its.map(({ endOfStream }) => endOfStream ?? false)).not.toContain(true);
}

async function begin(scene: Scene<TestNode>, path: string, length: number): Promise<Connection> {
  const connection = await Connection.open(scene.gateway);
  const headers = [["content-length", String(length)]] as const;
  await connection.write(connection.head({ method: "POST", path, headers }));
  return connection;
}

const config = { node_timeout_ms: 20_000 };

describeTransports("async mode", { config: { ...config, wallarm_mode: "async" } }, (scene) => {
  test("says of a request whose client went away that it broke off", async () => {
    const path = scene.path();
    const connection = await begin(scene, path, 20);
    await connection.write("abc");
    await eventually("the API has it", () => scene.upstream.find(path)?.bodyBytes === 3);
    connection.abort();
    const message = await scene.node.request(path);
    expect(message.body?.toString()).toBe("abc");
    expectAborted(scene, message);
    expectNoEnd(scene.node, "request");
  });

  test("says so too where the begin of the request was told long ago", async () => {
    const path = scene.path();
    const connection = await begin(scene, path, 20);
    await connection.write("abc");
    const { id } = await scene.node.request(path);
    connection.abort();
    if (scene.over === "connector") {
      const last = await eventually("its end", () =>
        scene.node.partsOf(id).find((each) => each.last),
      );
      expect(last).toMatchObject({ part: 1, aborted: true, mode: "async" });
      expect(last.body).toBeUndefined();
    } else {
      await eventually("the stream ends", () =>
        (scene.node as ProcessorNode).processor.streams.every(({ ended }) => ended),
      );
      expectNoEnd(scene.node, "request");
    }
  });

  test("says nothing of it of a request that came to its end", async () => {
    const path = scene.path();
    await request(scene.gateway, { path, method: "POST", body: "abc" });
    expect((await scene.node.request(path)).aborted).toBe(false);
  });
});

for (const mode of ["sync", "async"] as const) {
  describeTransports(`${mode} mode`, { config: { ...config, wallarm_mode: mode } }, (scene) => {
    const answerOf = async (path: string): Promise<Message> =>
      scene.node.responseTo((await scene.node.request(path)).id);
    const endOf = (id: string): Promise<Message> =>
      eventually("the end of the response", () =>
        scene.node.responses.find((each) => each.id === id && each.part === 1),
      );

    test("says of a response that the API broke off that it did", async () => {
      scene.upstream.answerWith(async (response) => {
        response.writeHead(200, { "content-length": 100 });
        await new Promise((resolve) => response.write("abc", resolve));
        response.destroy();
      });
      const path = scene.path();
      await request(scene.gateway, { path }).catch(() => {});
      const message = await answerOf(path);
      expect([message.status, message.body?.toString() ?? ""]).toEqual([200, expect.any(String)]);
      expectAborted(scene, message);
      expectNoEnd(scene.node, "response");
    });

    test("says of a response whose client went away that it broke off", async () => {
      scene.upstream.answerWith((response) => {
        response.writeHead(200, { "content-length": 20 });
        response.write("abc");
      });
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      await connection.send({ path });
      await eventually("it begins", () => connection.unreadBytes.includes("abc"));
      connection.abort();
      const message = await answerOf(path);
      expect(message.body?.toString()).toBe("abc");
      expectAborted(scene, message);
      expectNoEnd(scene.node, "response");
    });

    test("tells of a response that goes on what there is of it, and at its end how much it was", async () => {
      const gate = new Gate();
      scene.upstream.answerWith(async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write("data: 1\n\n");
        await gate.opened;
        response.end("data: 2\n\n");
      });
      const path = scene.path();
      const answer = request(scene.gateway, { path });
      const message = await answerOf(path);
      expect(message.body?.toString()).toBe("data: 1\n\n");
      if (scene.over === "connector") expect(message).toMatchObject({ last: false, bodySize: 9 });
      gate.open();
      expect((await within("the answer", answer)).text).toBe("data: 1\n\ndata: 2\n\n");
      if (scene.over === "ext_proc") {
        const [stream] = (scene.node as ProcessorNode).processor.streams;
        await eventually("its end", () => stream!.told.at(-1)?.endOfStream);
        expect(stream!.body("response_body").toString()).toBe("data: 1\n\ndata: 2\n\n");
        return;
      }
      expect(await endOf(message.id)).toMatchObject({
        bodySize: 18,
        truncated: true,
        aborted: false,
      });
      expect(scene.node.responses.filter(({ id }) => id === message.id)).toHaveLength(2);
    });

    test("tells of one that has passed its limit and goes on, and that it broke off", async () => {
      scene.upstream.answerWith((response) => void response.write(pattern(10_000)));
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      await connection.send({ path });
      const message = await answerOf(path);
      expect(message.body?.equals(pattern(4096))).toBe(true);
      connection.abort();
      if (scene.over === "connector") {
        const end = { bodySize: 10_000, truncated: true, aborted: true };
        expect(await endOf(message.id)).toMatchObject(end);
      }
      expectNoEnd(scene.node, "response");
    });

    test("tells an answer of another protocol with its head, and its frames not at all", async () => {
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      const headers = [
        ["connection", "Upgrade"],
        ["upgrade", "websocket"],
      ] as const;
      await connection.write(connection.head({ path, headers }));
      expect((await within("the answer", connection.readResponse())).status).toBe(101);
      await connection.write("ping over another protocol");
      await eventually("it comes back", () => connection.unread === 26);
      if (scene.over === "connector") {
        const message = await answerOf(path);
        expect(message).toMatchObject({ status: 101, bodySize: 0, truncated: false, last: true });
        expect(message).toMatchObject({ aborted: false });
      }
      connection.abort();
      await eventually("nothing is waited for", () => scene.node.waiting.length === 0);
      expect(scene.node.responses.filter((each) => each.body !== undefined)).toEqual([]);
      expectNoEnd(scene.node, "response");
    });
  });
}

describeTransports("sync mode, a request that is asked about part by part", { config }, (scene) => {
  const testHttp = testOver(scene, "connector", "the end of the stream says it there");

  testHttp("and breaks off: the node is told so, once", async () => {
    const path = scene.path();
    const before = await scene.gateway.metric("outbox_sent");
    const connection = await begin(scene, path, 3_000_000);
    await connection.write(pattern(1_500_000));
    const { id } = await scene.node.request(path);
    await eventually("part 0 is judged", () => scene.node.waiting.length === 0);
    connection.abort();
    const last = await eventually("its end", () =>
      scene.node.partsOf(id).find((each) => each.aborted),
    );
    // Of what came behind part 0 it was not asked about.
    expect(last).toMatchObject({ part: 1, last: true, truncated: true });
    expect(last.bodySize).toBeGreaterThan(1_048_576);
    await eventually("it is counted", async () => {
      return (await scene.gateway.metric("outbox_sent")) === before + 1;
    });
    expect(scene.node.partsOf(id)).toHaveLength(2);
  });

  testHttp("and comes to its end: nothing more is told of it", async () => {
    const path = scene.path();
    const body = pattern(1_500_000);
    expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
    const { id } = await scene.node.request(path);
    await scene.node.responseTo(id);
    expect(scene.node.partsOf(id).map((each) => each.aborted)).toEqual([false, false]);
  });
});
