/** Are requests shared among nodes, told again where none has seen them, and never split between two? */
import { afterAll, expect, test } from "vitest";
import { request } from "../support/client.ts";
import type { Response } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import { block, pass, reset, silence, verdictOn, verdicts } from "../support/node/replies.ts";
import type { Verdict } from "../support/node/replies.ts";
import { NodeStandIn } from "../support/node/stand-in.ts";
import type { AnswerCall, Call } from "../support/node/stand-in.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";
import { get, judged, untilDead } from "./nodes.ts";

/** The default of `request_body_limit`. */
const LIMIT = 1_048_576;
const config = { fallback_action: "block", breaker_failures: 3, node_timeout_ms: 1000 };

describeTransports("two nodes", { config, moreNodes: 1 }, (scene) => {
  const told = (): number[] => scene.nodes.map((node) => node.requests.length);

  test("are told in turn, each all of its requests and their responses", async () => {
    for (let i = 0; i < 6; i++) expect(await judged(scene)).toBe(true);
    expect(told()).toEqual([3, 3]);
    for (const node of scene.nodes) {
      for (const { id } of node.requests) await node.responseTo(id);
    }
  });

  test("get all parts of a request, or none", async () => {
    const body = Buffer.alloc(2_500_000, "x");
    const path = scene.path();
    await request(scene.gateway, { path, method: "POST", body });
    const owners = scene.nodes.filter((node) => node.requests.length > 0);
    expect(owners).toHaveLength(1);
    expect((await owners[0]!.whole(path)).body.length).toBe(body.length);
  });

  test("lose one: the other is told all, until it is back", async () => {
    const [first, second] = scene.nodes;
    await first!.refuse();
    await untilDead(scene);
    expect(await scene.gateway.metric("nodes_up")).toBe(1);
    scene.reset();
    for (let i = 0; i < 6; i++) expect(await judged(scene)).toBe(true);
    expect(second!.requests).toHaveLength(6);
    await first!.listen();
    await eventually("it is told again", async () => {
      await get(scene);
      return first!.requests.length > 0;
    });
  });
});

describeEngines("a node that refuses connections", { config, moreNodes: 1 }, (scene) => {
  test("costs no verdict: its requests are told the next", async () => {
    const [first, second] = scene.nodes;
    await first!.refuse();
    for (let i = 0; i < 4; i++) {
      const path = scene.path();
      expect((await request(scene.gateway, { path, method: "POST", body: "x=1" })).status).toBe(
        200,
      );
      expect((await second!.whole(path)).body.toString()).toBe("x=1");
    }
    expect(await scene.gateway.metric("node_retries")).toBe(2);
    await first!.listen();
  });
});

describeEngines("a node that loses the connection of a call", { config }, (scene) => {
  test("is asked again in the same words, and its verdict counts", async () => {
    let calls = 0;
    scene.node.answerWith((messages) => (calls++ === 0 ? reset : block(messages)));
    expect((await get(scene)).status).toBe(403);
    const [first, second] = scene.node.requests;
    expect(scene.node.requests).toHaveLength(2);
    expect(second).toEqual(first);
    expect(await scene.gateway.metric("requests_blocked")).toBe(1);
    expect(await scene.gateway.metric("node_retries")).toBe(1);
  });

  test("each time, though it lives: unjudged_action decides", async () => {
    const before = await scene.gateway.metric("unjudged_blocked");
    scene.node.answerWith(() => reset);
    scene.node.answerProbesWith(pass);
    expect((await get(scene)).status).toBe(403);
    // Once more by node_retries, and twice since it lives: the connection may be lost by chance.
    expect(scene.node.requests).toHaveLength(4);
    expect((await scene.gateway.metric("unjudged_blocked")) - before).toBe(1);
    expect(await scene.gateway.metric("fallback_blocked")).toBe(0);
  });

  test("each time, and that of the probe too: fallback_action decides", async () => {
    const before = await scene.gateway.metric("fallback_blocked");
    scene.node.answerWith(() => reset);
    expect((await get(scene)).status).toBe(403);
    expect((await scene.gateway.metric("fallback_blocked")) - before).toBe(1);
  });
});

const UPLOAD = pattern(2_500_000);
const upload = (scene: Scene, path: string): Promise<Response> =>
  request(scene.gateway, { path, method: "POST", body: UPLOAD });

const untilLost = { ...config, node_timeout_ms: 8000, breaker_failures: 0 };
describeEngines(
  "a node that goes between two parts",
  { config: untilLost, moreNodes: 1 },
  (scene) => {
    test("is replaced by the other, which is asked about all parts at once", async () => {
      for (const node of scene.nodes) {
        node.answerWith((messages) => (messages[0]!.part > 0 ? silence : pass(messages)));
      }
      const path = scene.path();
      const answer = upload(scene, path);
      const owner = await eventually("one has judged the first part", () =>
        scene.nodes.find((node) => node.requests.some((each) => each.part === 1)),
      );
      const other = scene.nodes.find((node) => node !== owner)!;
      other.reset();
      await owner.refuse();
      expect((await answer).status).toBe(200);
      expect((await other.whole(path)).body.equals(UPLOAD)).toBe(true);
      const asked = other.calls.map(({ messages }) => messages.map((each) => each.part));
      expect(asked.slice(0, 2)).toEqual([[0, 1], [2]]);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(UPLOAD));
      await owner.listen();
    });
  },
);

/** Says of each part whether it has those before it, as docs/node-protocol.md wants; blocks a whole body with `needle` in it. */
function remembering(needle: Buffer): AnswerCall {
  const bodies = new Map<string, Buffer[]>();
  return (messages) => {
    const asked = messages.filter((each) => each.type === "request" || each.type === "part");
    const all = asked.map((message): Verdict => {
      const parts = message.part === 0 ? [] : bodies.get(message.id);
      if (parts === undefined || parts.length < message.part) {
        return { id: Buffer.from(message.id, "hex"), part: message.part, lacks: 0 };
      }
      parts[message.part] = message.body ?? Buffer.alloc(0);
      bodies.set(message.id, parts);
      const found = Buffer.concat(parts).includes(needle);
      return verdictOn(message, found ? "block" : "pass");
    });
    return messages[0]?.type === "probe" ? pass(messages) : verdicts(...all);
  };
}

const twin = await NodeStandIn.start();
afterAll(() => twin.stop());

describeEngines(
  "two nodes behind one name",
  { config: { ...config, fallback_action: "pass" }, nodeCluster: { furtherUrls: [twin.url] } },
  (scene) => {
    const both = (needle: Buffer): void => {
      twin.reset();
      for (const node of [scene.node, twin]) node.answerWith(remembering(needle));
    };
    const lacking = (): number =>
      [scene.node, twin].flatMap(({ calls }) => calls.filter(asksAgain)).length;
    const asksAgain = ({ messages }: Call): boolean =>
      messages.length > 1 && messages.every((each) => each.type !== "response");

    test("judge a body whose parts reach both: who lacks some is asked about all", async () => {
      both(Buffer.from("nowhere in the body"));
      for (let i = 0; i < 4; i++) {
        const path = scene.path();
        expect((await upload(scene, path)).status).toBe(200);
        expect((await scene.upstream.complete(path)).hash).toBe(sha256(UPLOAD));
      }
      expect(lacking()).toBeGreaterThan(0);
      expect(await scene.gateway.metric("no_verdict.")).toBe(0);
    });

    test("find an attack over the border of two parts, each time", async () => {
      both(UPLOAD.subarray(LIMIT - 20, LIMIT + 20));
      for (let i = 0; i < 4; i++) {
        const path = scene.path();
        expect((await upload(scene, path)).status).toBe(403);
        expect(scene.upstream.find(path)).toBeUndefined();
      }
    });
  },
);

describeEngines(
  "node_retries 0",
  { config: { ...config, node_retries: 0 }, moreNodes: 1 },
  (scene) => {
    test("tells nothing again", async () => {
      await scene.nodes[0]!.refuse();
      expect([await judged(scene), await judged(scene)].sort()).toEqual([false, true]);
      expect(await scene.gateway.metric("node_retries")).toBe(0);
    });
  },
);

describeEngines(
  "a processor whose cluster has no host",
  { over: "ext_proc", config, nodeCluster: { empty: true } },
  (scene) => {
    test("is no stream, and the gateway lives", async () => {
      for (let i = 0; i < 3; i++) expect((await get(scene)).status).toBe(403);
      expect(await scene.gateway.metric("no_verdict.call_refused")).toBe(3);
      expect(scene.logged("has no host")).toHaveLength(1);
    });
  },
);

// Envoy takes a cluster's name for a message where it happens to be one, and "pa" and this one end it then.
describeEngines(
  "a processor whose cluster has a name that could be a message of protobuf",
  {
    over: "ext_proc",
    config: { ...config, wallarm_cluster: "immediate-1000" },
    nodeCluster: { name: "immediate-1000" },
  },
  (scene) => {
    test("is asked like any other", async () => {
      expect(await judged(scene)).toBe(true);
    });
  },
);

describeEngines("two workers", { config, workers: 2, needs: ["workers"] }, (scene) => {
  test("skip a node that one of them has found dead, and find it again", async () => {
    await scene.node.refuse();
    await untilDead(scene);
    const unreachable = await scene.gateway.metric("no_verdict.node_unreachable");
    await eventually("all skip it", async () => {
      const before = await scene.gateway.metric("no_verdict.node_dead");
      await Promise.all(Array.from({ length: 20 }, () => get(scene)));
      return (await scene.gateway.metric("no_verdict.node_dead")) === before + 20;
    });
    expect(await scene.gateway.metric("no_verdict.node_unreachable")).toBeLessThan(
      unreachable + 40,
    );
    const probes = await scene.gateway.metric("node_probes");
    const began = performance.now();
    await eventually(
      "more probes",
      async () => (await scene.gateway.metric("node_probes")) > probes + 1,
    );
    expect(performance.now() - began).toBeGreaterThan(700);
    await scene.node.listen();
    await eventually("both ask again", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => judged(scene)));
      return all.every(Boolean);
    });
  });
});
