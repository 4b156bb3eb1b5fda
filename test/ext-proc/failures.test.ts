/** What becomes of a request when an external processor gives no usable answer? fallback_action decides, as over HTTP. */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn, closeWith, refuseAt } from "../support/ext-proc/processor.ts";
import type { AnswerMessage, Processor } from "../support/ext-proc/processor.ts";

interface Failure {
  readonly what: string;
  readonly outcomes: readonly string[];
  readonly answer?: AnswerMessage;
  readonly breakIt?: (processor: Processor) => void;
}

const raw =
  (bytes: Buffer): AnswerMessage =>
  (_, stream) => {
    stream.call.write(bytes);
  };

const header = (key: string, value: string): object => ({
  request_headers: {
    response: {
      header_mutation: { set_headers: [{ header: { key, raw_value: Buffer.from(value) } }] },
    },
  },
});

const FAILURES: readonly Failure[] = [
  { what: "a connection refused", outcomes: ["node_unreachable"], breakIt: (it) => it.stop() },
  { what: "silence", outcomes: ["timed_out"], answer: () => {} },
  {
    what: "a clean end without an answer",
    outcomes: ["no_verdict_in_answer"],
    answer: closeWith(0),
  },
  { what: "UNAVAILABLE", outcomes: ["node_unreachable"], answer: closeWith(14) },
  { what: "UNIMPLEMENTED", outcomes: ["not_a_node"], answer: closeWith(12) },
  { what: "INTERNAL", outcomes: ["node_error"], answer: closeWith(13) },
  { what: "DEADLINE_EXCEEDED", outcomes: ["timed_out"], answer: closeWith(4) },
  { what: "RESOURCE_EXHAUSTED", outcomes: ["node_error"], answer: closeWith(8) },
  { what: "an empty answer", outcomes: ["malformed_answer"], answer: raw(Buffer.alloc(0)) },
  { what: "rubbish", outcomes: ["malformed_answer"], answer: raw(Buffer.alloc(300, 0xff)) },
  {
    what: "a length beyond the end",
    outcomes: ["malformed_answer"],
    answer: raw(Buffer.from("0affffffff0f", "hex")),
  },
  {
    what: "groups in each other without an end",
    outcomes: ["malformed_answer"],
    answer: raw(Buffer.alloc(100_000, 0x63)),
  },
  {
    what: "2 MB",
    outcomes: ["answer_too_large"],
    answer: raw(Buffer.alloc(2_000_000, 0x01)),
  },
  {
    what: "an answer to another message",
    outcomes: ["malformed_answer"],
    answer: (_, stream) => stream.reply({ response_headers: {} }),
  },
  {
    what: "a header with a line break",
    outcomes: ["malformed_answer"],
    answer: (_, stream) => stream.reply(header("x-a", "1\r\nx-b: 2")),
  },
  {
    what: "a header without a name",
    outcomes: ["malformed_answer"],
    answer: (_, stream) => stream.reply(header("", "1")),
  },
];

for (const fallback of ["pass", "block"] as const) {
  const config = { fallback_action: fallback, node_timeout_ms: 300 };

  describeEngines(`processor, fallback_action ${fallback}:`, { extProc: true, config }, (scene) => {
    test.each(FAILURES)("$what", async ({ outcomes, answer, breakIt }) => {
      const counts = async (): Promise<number> => {
        const all = await Promise.all(
          outcomes.map((one) => scene.gateway.metric(`no_verdict.${one}`)),
        );
        return all.reduce((sum, count) => sum + count, 0);
      };
      const before = await counts();
      breakIt?.(scene.processor);
      if (answer !== undefined) scene.processor.answerWith(answer);
      const path = scene.path();
      const told = await request(scene.gateway, { path, method: "POST", body: "x=1" });
      if (breakIt !== undefined) await scene.processor.listen();
      expect(told.status).toBe(fallback === "pass" ? 200 : 403);
      if (fallback === "pass") expect(scene.upstream.find(path)?.start.toString()).toBe("x=1");
      else expect(scene.upstream.requests).toEqual([]);
      await eventually("it is counted", async () => (await counts()) === before + 1);
    });

    test("and the next request is judged as ever", async () => {
      scene.processor.answerWith(refuseAt("request_body"));
      // A connection that is being set up again may take its time on a busy machine.
      const answer = await eventually("it is judged", async () => {
        const tried = await request(scene.gateway, {
          path: scene.path(),
          method: "POST",
          body: "a",
        });
        return tried.text === "" && tried;
      });
      expect(answer.status).toBe(403);
    });

    test("a body's part without an answer", async () => {
      scene.processor.answerWith((told, stream) => {
        if (told.kind !== "request_body") carryOn(told, stream);
      });
      const answer = await request(scene.gateway, {
        path: scene.path(),
        method: "POST",
        body: "a",
      });
      expect(answer.status).toBe(fallback === "pass" ? 200 : 403);
    });

    test("an answer to a response's head that never comes: the response goes on", async () => {
      scene.processor.answerWith((told, stream) => {
        if (told.kind !== "response_headers") carryOn(told, stream);
      });
      const answer = await request(scene.gateway, { path: scene.path() });
      expect([answer.status, answer.text]).toEqual([200, "hello from the API"]);
    });
  });

  describeEngines(
    `processor, fallback_action ${fallback}, a cluster that the gateway does not know`,
    { extProc: true, config: { ...config, wallarm_cluster: "nowhere" } },
    (scene) => {
      test("decides at once, and says what is wrong", async () => {
        const answer = await request(scene.gateway, { path: scene.path() });
        expect(answer.status).toBe(fallback === "pass" ? 200 : 403);
        const told = (): string[] => scene.logged('cluster "nowhere" is unknown to the gateway');
        await eventually("it is told", () => told().length > 0);
        expect(told()).toHaveLength(1);
      });
    },
  );
}

const patient = { node_timeout_ms: 8000, fallback_action: "block" };
describeEngines("a processor's stream", { extProc: true, config: patient }, (scene) => {
  test("is reset when the client goes away", async () => {
    scene.processor.answerWith(() => {});
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    await connection.send({ path });
    const stream = await scene.processor.stream(path);
    connection.abort();
    await eventually("the stream is reset", () => stream.cancelled || stream.ended);
  });

  test("ends for each of 300 requests at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => request(scene.gateway, { path: scene.path() })),
    );
    expect(new Set(answers.map((each) => each.status))).toEqual(new Set([200]));
    await eventually("no stream is open", () => scene.processor.open.length === 0);
    expect(scene.processor.streams).toHaveLength(300);
  });

  test("is not waited for by an answer that comes late", async () => {
    const path = scene.path();
    scene.processor.answerWith((told, stream) => {
      carryOn(told, stream);
      carryOn(told, stream);
    });
    const answer = await request(scene.gateway, { path });
    expect([200, 403]).toContain(answer.status);
    scene.processor.reset();
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
  });
});
