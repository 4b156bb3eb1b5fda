/** Is each message about which an external processor only observes counted once, whatever the processor does? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { closeWith } from "../support/ext-proc/processor.ts";
import type { Processor } from "../support/ext-proc/processor.ts";
import type { Scene } from "../support/scene.ts";

const REQUESTS = 20;
/** A head; and the head and the body of a response. */
const MESSAGES = 3;

const config = { wallarm_mode: "async", breaker_failures: 0 };

async function serve(scene: Scene, count = REQUESTS): Promise<void> {
  const one = (): Promise<unknown> => request(scene.gateway, { path: scene.path() });
  await Promise.all(Array.from({ length: count }, one));
}

async function counts(scene: Scene): Promise<[sent: number, dropped: number]> {
  const of = (name: string): Promise<number> => scene.gateway.metric(name);
  return [await of("outbox_sent"), await of("outbox_dropped")];
}

/** Counts of what `act` causes, when there are as many as `messages`. */
async function counted(
  scene: Scene,
  messages: number,
  act: () => Promise<void>,
): Promise<number[]> {
  const before = await counts(scene);
  await act();
  return eventually(`${messages} messages are counted`, async () => {
    const [sent, dropped] = await counts(scene);
    const got = [sent - before[0], dropped - before[1]] as const;
    return got[0] + got[1] >= messages && [...got];
  });
}

describeEngines("messages for a processor that observes", { extProc: true, config }, (scene) => {
  const all = REQUESTS * MESSAGES;

  test.each<[string, (processor: Processor) => void, number[]]>([
    ["reads all and ends well", () => {}, [all, 0]],
    ["answers each, though nobody asks", answersAll, [all, 0]],
    ["fails after the head", (it) => it.answerWith(failAt("request_headers")), [0, all]],
    [
      "fails after the body of the response",
      (it) => it.answerWith(failAt("response_body")),
      [0, all],
    ],
    ["reads nothing", (it) => it.readsNothing(), [0, all]],
    ["reads all and never ends", (it) => it.neverEnds(), [0, all]],
  ])("are counted once each, where it %s", async (_, spoil, wanted) => {
    spoil(scene.processor);
    expect(await counted(scene, all, () => serve(scene))).toEqual(wanted);
  });

  test("are counted once each, where it is not there", async () => {
    scene.processor.stop();
    expect(await counted(scene, all, () => serve(scene))).toEqual([0, all]);
    await scene.processor.listen();
  });

  test("come about no more where it has ended a stream well", async () => {
    scene.processor.answerWith(closeWith(0));
    const [sent, dropped] = await counted(scene, REQUESTS, () => serve(scene));
    expect(dropped).toBe(0);
    // What was on its way when it ended is as good as sent.
    expect(sent).toBeLessThanOrEqual(all);
    await eventually("no stream is open", () => scene.processor.open.length === 0);
  });

  test("are told of in the log when they are dropped", () => {
    expect(scene.logged("messages for the node dropped: ").length).toBeGreaterThan(0);
  });
});

function answersAll(processor: Processor): void {
  processor.answerWith((told, stream) => stream.reply({ [told.kind]: {} }));
}

const failAt =
  (kind: string): Parameters<Processor["answerWith"]>[0] =>
  (told, stream) => {
    if (told.kind === kind) return closeWith(13)(told, stream);
  };

describeEngines(
  "a processor that reads nothing",
  { extProc: true, config: { ...config, breaker_failures: 5, node_timeout_ms: 500 } },
  (scene) => {
    test("is taken as dead when nobody else answers in its place, and as dropped what it was sent", async () => {
      scene.processor.readsNothing();
      scene.processor.answerChecksWith(() => new Promise(() => {}));
      const wanted = 100 * MESSAGES;
      expect(await counted(scene, wanted, () => serve(scene, 100))).toEqual([0, wanted]);
      await eventually("it is taken as dead", async () => {
        return (await scene.gateway.metric("nodes_up")) === 0;
      });
      expect(scene.logged(" is taken as dead")).toHaveLength(1);
    });
  },
);

describeEngines("messages about responses in sync mode", { extProc: true }, (scene) => {
  test.each<[string, (processor: Processor) => void, number[]]>([
    ["answers", () => {}, [2, 0]],
    ["says nothing of the body, and ends well", (it) => it.answerWith(silentOnBodies), [2, 0]],
    ["fails after the body", (it) => it.answerWith(failBehind), [1, 1]],
  ])("are counted once each, where the processor %s", async (_, spoil, each) => {
    spoil(scene.processor);
    const wanted = each.map((n) => n * REQUESTS);
    expect(await counted(scene, 2 * REQUESTS, () => serve(scene))).toEqual(wanted);
  });
});

const carryOn: Parameters<Processor["answerWith"]>[0] = (told, stream) =>
  stream.reply({ [told.kind]: {} });

const silentOnBodies: Parameters<Processor["answerWith"]>[0] = (told, stream) => {
  if (told.kind !== "response_body") return carryOn(told, stream);
};

const failBehind: Parameters<Processor["answerWith"]>[0] = (told, stream) =>
  told.kind === "response_body" ? closeWith(13)(told, stream) : carryOn(told, stream);
