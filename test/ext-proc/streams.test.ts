/** How does a stream with an external processor live as long as its request, and no longer, whatever the request is like? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { closeWith } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";

/** Bytes of a body of two parts, of which the second is never whole. */
const PARTS = 2_000_000;

const short = { node_timeout_ms: 1000, fallback_action: "block" };
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
    await eventually("a time longer than the deadline", () => performance.now() - began > 1700);
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

const patient = { node_timeout_ms: 8000, fallback_action: "block" };
describeEngines("a stream", { extProc: true, config: patient }, (scene) => {
  test("may bring a refusal at any time, though nothing is asked just then", async () => {
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    const headers = [["content-length", String(PARTS)]] as const;
    await connection.write(connection.head({ method: "POST", path, headers }));
    await connection.write(pattern(PARTS - 1));
    const stream = await scene.processor.stream(path);
    await eventually("its first part is judged", () => stream.kinds.length === 2);
    const answer = connection.readResponse();
    stream.reply({ immediate_response: { status: { code: 418 } } });
    expect((await within("the answer", answer)).status).toBe(418);
    expect(scene.upstream.find(path)).toBeUndefined();
    connection.abort();
  });

  test("what the client cut off leaves no stream", async () => {
    const connections = await Promise.all(
      Array.from({ length: 20 }, () => Connection.open(scene.gateway)),
    );
    for (const connection of connections) {
      const headers = [["content-length", String(PARTS)]] as const;
      await connection.write(connection.head({ method: "POST", path: "/cut", headers }));
      void connection.write(pattern(PARTS - 1));
    }
    await eventually("they are told", () => scene.processor.streams.length === 20);
    connections.forEach((connection) => connection.abort());
    await eventually("no stream is open", () => scene.processor.open.length === 0);
  });

  test.each([
    ["of its body", ""],
    ["of the rest of its body", "half"],
  ])("is opened for none that idles before the end %s", async (_, begun) => {
    const connections = await Promise.all(
      Array.from({ length: 20 }, () => Connection.open(scene.gateway)),
    );
    for (const connection of connections) {
      const head = "POST /idle HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\n";
      await connection.write(`${head}${begun}`);
    }
    await eventually("they are there", async () => {
      return (await scene.gateway.activeRequests()) === 20;
    });
    // A request that is judged meanwhile is the clock: three ticks have gone by for those that wait.
    for (let i = 0; i < 3; i++) {
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(200);
    }
    const about = scene.processor.streams.map((each) => each.header(":path"));
    expect(about.filter((path) => path === "/idle")).toEqual([]);
    for (const connection of connections) await connection.write("the rest".slice(begun.length));
    const answers = await Promise.all(connections.map((each) => each.readResponse()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(scene.upstream.requests.filter((each) => each.path === "/idle")).toHaveLength(20);
    connections.forEach((connection) => connection.abort());
  });

  test("is reset when the client goes away while the head is held", async () => {
    scene.processor.answerWith(() => {});
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    await connection.send({ path });
    const stream = await scene.processor.stream(path);
    connection.abort();
    await eventually("the stream is over", () => stream.cancelled || stream.ended);
  });
});

const veryPatient = { node_timeout_ms: 60_000, fallback_action: "block" };
describeEngines(
  "a processor that answers and never ends",
  { extProc: true, config: veryPatient },
  (scene) => {
    test("is cut off in the time for ending, not in that for a verdict", async () => {
      const path = scene.path();
      scene.processor.neverEnds();
      expect((await request(scene.gateway, { path })).status).toBe(200);
      const stream = await scene.processor.stream(path);
      await eventually("our side has ended", () => stream.ended);
      await eventually("the stream is cut", () => stream.cancelled, 10_000);
    });
  },
);
