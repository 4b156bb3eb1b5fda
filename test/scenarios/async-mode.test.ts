/** Does async mode tell the node everything and hold nothing? */
import { expect, test } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const config = { wallarm_mode: "async", node_timeout_ms: 20_000 };

describeTransports("wallarm_mode async", { config }, (scene) => {
  test("lets a request through that the node would block, and tells the node of it", async () => {
    scene.node.answerWith(block);
    const path = scene.path("etc/passwd");
    const answer = await request(scene.gateway, { path, method: "POST", body: "a=1" });
    expect(answer.status).toBe(200);
    const message = await scene.node.request(path);
    expect(message).toMatchObject({ mode: "async", last: true, part: 0 });
    expect(message.body?.toString()).toBe("a=1");
    expect((await scene.node.responseTo(message.id)).status).toBe(200);
  });

  test("waits for no answer of the node", async () => {
    const gate = new Gate();
    scene.node.answerWith(async (messages) => {
      await gate.opened;
      return pass(messages);
    });
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    gate.open();
  });

  test("lets each chunk flow on before the next has come", async () => {
    scene.node.answerWith(() => silence);
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    const headers = [["content-length", "10"]] as const;
    await connection.write(connection.head({ method: "POST", path, headers }));
    await connection.write("first");
    await eventually(
      "the API has the first half",
      () => scene.upstream.find(path)?.bodyBytes === 5,
    );
    await connection.write("-last");
    expect((await within("the answer", connection.readResponse())).status).toBe(200);
    connection.abort();
  });

  test.each([0, 1, 65_536, 1_048_576, 1_048_577, 5_000_000])(
    "tells all of a body of %i bytes",
    async (size) => {
      const body = pattern(size);
      const path = scene.path();
      const sent = { path, method: "POST", body: pieces(body, 50_000), chunked: true };
      expect((await request(scene.gateway, sent)).status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
      const { id } = await scene.node.request(path);
      const parts = await eventually("all parts", () => {
        const all = scene.node.partsOf(id);
        return all.at(-1)?.last && all.length === all.at(-1).part + 1 ? all : undefined;
      });
      const told = Buffer.concat(parts.map((each) => each.body ?? Buffer.alloc(0)));
      expect([told.length, sha256(told)]).toEqual([size, sha256(body)]);
    },
  );

  test("tells the trailers", async () => {
    const path = scene.path();
    const trailers = [["x-sum", "1"]] as const;
    await request(scene.gateway, { path, method: "POST", body: [Buffer.from("x")], trailers });
    expect((await scene.node.whole(path)).trailers).toEqual(trailers);
  });

  test("tells what was seen of a request whose client went away", async () => {
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    const headers = [["content-length", "1000"]] as const;
    await connection.write(connection.head({ method: "POST", path, headers }));
    await connection.write("half");
    await eventually("the API has it", () => scene.upstream.find(path)?.bodyBytes === 4);
    connection.abort();
    expect((await scene.node.request(path)).body?.toString()).toBe("half");
  });

  test("counts what was sent", async () => {
    const sent = await scene.gateway.metric("outbox_sent");
    await request(scene.gateway, { path: scene.path() });
    await eventually("request and response are counted", async () => {
      return (await scene.gateway.metric("outbox_sent")) >= sent + 2;
    });
  });
});

describeTransports(
  "wallarm_mode async with request_body_overflow pass",
  { config: { ...config, request_body_limit: 100, request_body_overflow: "pass" } },
  (scene) => {
    test("tells the first bytes, and that there were more", async () => {
      const path = scene.path();
      const body = pattern(1000);
      expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
      expect((await scene.upstream.complete(path)).bodyBytes).toBe(1000);
      const message = await scene.node.request(path);
      expect(message.body?.equals(body.subarray(0, 100))).toBe(true);
      if (scene.over === "ext_proc") expect(message.last).toBe(false);
      else expect(message).toMatchObject({ truncated: true, last: true });
    });
  },
);

describeTransports(
  "wallarm_mode async with request_body_overflow block",
  { config: { ...config, request_body_limit: 100, request_body_overflow: "block" } },
  (scene) => {
    test.each([true, false])("answers a longer body with 413 (chunked: %s)", async (chunked) => {
      const body = chunked ? pieces(pattern(1000), 60) : pattern(1000);
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body, chunked });
      expect(answer.status).toBe(413);
      expect(answer.header("x-wallarm-request-id")).toMatch(/^[0-9a-f]{32}$/);
      expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
    });

    test("lets a body pass that fits", async () => {
      const path = scene.path();
      const sent = { path, method: "POST", body: pattern(100) };
      expect((await request(scene.gateway, sent)).status).toBe(200);
      expect((await scene.upstream.complete(path)).bodyBytes).toBe(100);
    });
  },
);
