/** Is every message that nobody waits for counted, as sent or as dropped, and once, whatever the node, the client and the API do? */
import { afterEach, expect, test } from "vitest";
import { Connection } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { closeWith } from "../support/ext-proc/processor.ts";
import { ProcessorNode } from "../support/ext-proc/processor-node.ts";
import { http, silence } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import { pairwise } from "../support/pairwise.ts";
import type { Case } from "../support/pairwise.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene, Transport } from "../support/scene.ts";

const axes = {
  mode: ["sync", "async"],
  fault: ["none", "fails", "takes nothing", "is not there"],
  cut: ["nothing", "the request", "the response, by its client", "the response, by the API"],
  size: [0, 1000, 1_500_000],
} as const;
type Play = Case<typeof axes>;

const PART = 1_048_576;
/** Declared, and never sent. */
const MORE = 20;

async function spoil(node: TestNode, fault: Play["fault"]): Promise<void> {
  if (fault === "is not there") return node.refuse();
  const processor = node instanceof ProcessorNode ? node.processor : undefined;
  if (fault === "fails") {
    if (processor) processor.answerWith(closeWith(13));
    else node.answerWith(() => http(500));
  } else if (fault === "takes nothing") {
    if (processor) processor.readsNothing();
    else node.answerWith(() => silence);
  }
}

/** How many messages nobody waits for come about. */
function messages({ mode, fault, cut, size }: Play, over: Transport): number {
  const answered = cut === "the request" ? 0 : over === "connector" ? 1 : 2;
  if (mode === "sync") return fault === "none" ? answered : 0;
  const parts = Math.ceil(sizeOf({ cut, size }) / PART);
  // Over HTTP a head goes with the first part.
  return answered + (over === "connector" ? Math.max(1, parts) : 1 + parts);
}

/** What is cut off is less than a part: no node was asked about it. */
const sizeOf = ({ cut, size }: Pick<Play, "cut" | "size">): number =>
  cut === "the request" ? Math.min(size, 1000) : size;

async function act(scene: Scene<TestNode>, play: Play): Promise<void> {
  const { cut, mode } = play;
  const [path, size] = [scene.path(), sizeOf(play)];
  const connection = await Connection.open(scene.gateway);
  let breakOff = (): void => connection.abort();
  scene.upstream.answerWith((response) => {
    if (cut === "nothing") return void response.end("hello");
    response.writeHead(200, { "content-length": 20 });
    response.write("abc");
    if (cut === "the response, by the API") breakOff = () => void response.destroy();
  });
  const length = cut === "the request" ? size + MORE : size;
  const method = length > 0 ? "POST" : "GET";
  const headers = length > 0 ? [["content-length", String(length)] as const] : [];
  await connection.write(connection.head({ method, path, headers }));
  if (size > 0) await connection.write(pattern(size));
  if (cut === "the request") {
    await eventually("the gateway has it", async () =>
      mode === "async"
        ? scene.upstream.find(path)?.bodyBytes === size
        : (await scene.gateway.activeRequests()) > 0,
    );
  } else {
    const seen = cut === "nothing" ? "hello" : "abc";
    await eventually("the answer comes", () => connection.unreadBytes.includes(seen));
  }
  breakOff();
  connection.abort();
}

const config = {
  node_timeout_ms: 1000,
  breaker_failures: 0,
  node_retries: 0,
  fallback_action: "pass",
  unjudged_action: "pass",
};

const plays = pairwise(axes);
for (const mode of axes.mode) {
  const title = `messages that nobody waits for, in ${mode} mode`;
  describeTransports(title, { config: { ...config, wallarm_mode: mode } }, (scene) => {
    const count = async (): Promise<number> =>
      (await scene.gateway.metric("outbox_sent")) + (await scene.gateway.metric("outbox_dropped"));
    let expected = 0;
    let isAway = false;
    afterEach(async () => {
      if (isAway) await scene.node.listen();
      isAway = false;
    });

    test.each(plays.filter((each) => each.mode === mode))(
      "are all counted, once: node: $fault, cut off: $cut, body of $size bytes",
      async (play) => {
        isAway = play.fault === "is not there";
        await spoil(scene.node, play.fault);
        await act(scene, play);
        // Of all tests so far: what is counted once too often, and be it late, is found by the next.
        expected += messages(play, scene.over);
        await eventually(`${expected} are counted`, async () => (await count()) >= expected);
        expect(await count()).toBe(expected);
      },
      20_000,
    );
  });
}
