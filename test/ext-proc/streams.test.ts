/** How does a stream with an external processor live as long as its request, and no longer, whatever the request is like? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn, closeWith } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

const short = { node_timeout_ms: 200, fallback_action: "block" };
describeEngines("a stream that waits for nothing", { extProc: true, config: short }, (scene) => {
  test("has no deadline: the API may take its time", async () => {
    const gate = new Gate();
    scene.upstream.answerWith(async (response) => {
      await gate.opened;
      response.end("late");
    });
    const path = scene.path();
    const answer = request(scene.gateway, { path });
    const stream = await scene.processor.stream(path);
    const began = performance.now();
    await eventually("a time longer than the deadline", () => performance.now() - began > 700);
    gate.open();
    expect((await answer).text).toBe("late");
    await eventually("the stream ends", () => stream.ended);
    expect(stream.kinds).toEqual(["request_headers", "response_headers", "response_body"]);
    expect(await scene.gateway.metric("no_verdict.")).toBe(0);
  });

  test("ends once so much of a response was told as is wanted", async () => {
    const gate = new Gate();
    scene.upstream.answerWith(async (response) => {
      response.write(pattern(50_000));
      await gate.opened;
      response.end();
    });
    const path = scene.path();
    const answer = request(scene.gateway, { path });
    const stream = await scene.processor.stream(path);
    await eventually("the stream ends", () => stream.ended);
    expect(stream.body("response_body")).toEqual(pattern(50_000).subarray(0, 4096));
    expect(stream.told.at(-1)?.endOfStream).toBe(false);
    gate.open();
    expect((await answer).body).toHaveLength(50_000);
  });
});

for (const allowOnHeadersStopIteration of [true, false]) {
  const host = allowOnHeadersStopIteration ? "holds headers" : "does not hold headers";
  const config = { node_timeout_ms: 8000, fallback_action: "block" };
  describeEngines(
    `on a host that ${host}`,
    { extProc: true, config, allowOnHeadersStopIteration },
    (scene) => {
      test.each([1, 100_000, 3_000_000])("a body of %d bytes is told whole", async (size) => {
        const body = pattern(size);
        const path = scene.path();
        const answer = await request(scene.gateway, { path, method: "POST", body });
        expect(answer.status).toBe(200);
        expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
        const stream = await scene.processor.stream(path);
        expect(sha256(stream.body())).toBe(sha256(body));
      });

      test("no byte of a body reaches the API before its verdict", async () => {
        scene.processor.answerWith((told, stream) => {
          if (told.kind === "request_body")
            stream.reply({ immediate_response: { status: { code: 403 } } });
          else carryOn(told, stream);
        });
        const path = scene.path();
        await request(scene.gateway, { path, method: "POST", body: "secret-attack" }).catch(
          () => {},
        );
        const seen = scene.upstream.find(path);
        if (allowOnHeadersStopIteration) expect(seen).toBeUndefined();
        expect(seen?.start.toString() ?? "").toBe("");
      });

      test("trailers are told", async () => {
        const path = scene.path();
        await request(scene.gateway, {
          path,
          method: "POST",
          body: "a",
          chunked: true,
          trailers: [["x-sum", "7"]],
        });
        const stream = await scene.processor.stream(path);
        expect(stream.header("x-sum", "request_trailers")).toBe("7");
        expect((await scene.upstream.complete(path)).trailers).toEqual([["x-sum", "7"]]);
      });
    },
  );
}

describeEngines(
  "in async mode",
  {
    extProc: true,
    config: { wallarm_mode: "async", fallback_action: "block", node_timeout_ms: 300 },
  },
  (scene) => {
    test("everything is told, and nothing is waited for", async () => {
      scene.processor.answerWith(() => {});
      const path = scene.path();
      const body = pattern(2_500_000);
      const answer = await request(scene.gateway, { path, method: "POST", body });
      expect(answer.status).toBe(200);
      const stream = await scene.processor.stream(path);
      await eventually("the stream ends", () => stream.ended);
      expect(sha256(stream.body())).toBe(sha256(body));
      expect(new Set(stream.kinds)).toEqual(
        new Set(["request_headers", "request_body", "response_headers", "response_body"]),
      );
      expect(stream.told.every((each) => each.observability)).toBe(true);
      expect(await scene.gateway.metric("no_verdict.")).toBe(0);
    });

    test("answers are not looked at", async () => {
      scene.processor.answerWith((_, stream) =>
        stream.reply({ immediate_response: { status: { code: 403 } } }),
      );
      const path = scene.path();
      const body = pattern(100_000);
      expect((await request(scene.gateway, { path, method: "POST", body })).status).toBe(200);
      const stream = await scene.processor.stream(path);
      await eventually("the stream ends", () => stream.ended);
      expect(stream.body()).toEqual(body);
      expect(await scene.gateway.metric("no_verdict.")).toBe(0);
    });

    test("a processor that refuses is counted, and changes nothing", async () => {
      scene.processor.answerWith(closeWith(13));
      const before = await scene.gateway.metric("outbox_dropped");
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
      await eventually("the loss is counted", async () => {
        return (await scene.gateway.metric("outbox_dropped")) > before;
      });
    });
  },
);

const restart = { node_timeout_ms: 3000, fallback_action: "pass" };
describeEngines(
  "a processor that is started again",
  { extProc: true, config: restart },
  (scene) => {
    test("in the middle of uploads: each goes on, and the next is judged", async () => {
      scene.processor.answerWith((told, stream) => {
        if (told.kind !== "request_body") carryOn(told, stream);
      });
      const paths = Array.from({ length: 20 }, () => scene.path());
      const answers = paths.map((path) =>
        request(scene.gateway, { path, method: "POST", body: pattern(200_000) }),
      );
      for (const path of paths) await scene.processor.stream(path);
      scene.processor.stop();
      await scene.processor.listen();
      for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
      scene.processor.reset();
      const path = scene.path();
      await eventually("a request is judged", async () => {
        await request(scene.gateway, { path });
        return scene.processor.streams.some((each) => each.header(":path") === path);
      });
    });

    test("what the client cut off leaves no stream", async () => {
      const connections = await Promise.all(
        Array.from({ length: 20 }, () => Connection.open(scene.gateway)),
      );
      for (const connection of connections) {
        await connection.write("POST /cut HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf");
      }
      await eventually("they are told", () => scene.processor.streams.length === 20);
      connections.forEach((connection) => connection.abort());
      await eventually("no stream is open", () => scene.processor.open.length === 0);
    });
  },
);
