/**
 * What becomes of a request when no usable verdict can be had? In sync mode `fallback_action` decides where no node can be
 * reached, `unjudged_action` where one lives and does not judge this message; async never waits.
 */
import { encode } from "@msgpack/msgpack";
import { afterEach, expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, http, pass, silence } from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";
import { FAILURES } from "./failure-table.ts";
import type { Failure } from "./failure-table.ts";
import { PROCESSOR_FAILURES } from "./processor-failure-table.ts";

const TIMEOUT_MS = 500;

const failuresOf = ({ over }: Scene<TestNode>): readonly Failure[] =>
  over === "ext_proc" ? PROCESSOR_FAILURES : FAILURES;

/** Metrics of "no verdict", by the name of the outcome. */
async function noVerdicts(scene: Scene<TestNode>, failure: Failure): Promise<number> {
  const names = failure.outcomes.map((each) => `no_verdict.${each.replaceAll(" ", "_")}`);
  const counts = await Promise.all(names.map((name) => scene.gateway.metric(name)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function mend(scene: Scene<TestNode>, failure: Failure): Promise<void> {
  if (failure.what.includes("refused")) await scene.node.listen();
  scene.node.reset();
}

/** Told in docs/nodes.md too. */
const CRASH = "gRPC to a cluster without any host ends Envoy 1.40, whichever filter asks";

const OTHER = { pass: "block", block: "pass" } as const;
type Action = keyof typeof OTHER;

const statusAfter = (action: Action): number => (action === "pass" ? 200 : 403);

/** What decides, if it is the one or the other parameter: their metrics, by action. */
const decisions = async (scene: Scene<TestNode>): Promise<Record<string, number>> => {
  const names = ["fallback_passed", "fallback_blocked", "unjudged_passed", "unjudged_blocked"];
  const counts = await Promise.all(names.map((name) => scene.gateway.metric(name)));
  return Object.fromEntries(names.map((name, i) => [name, counts[i]!]));
};

const counted = (parameter: "fallback" | "unjudged", action: Action): string =>
  `${parameter}_${action === "pass" ? "passed" : "blocked"}`;

interface Row extends Failure {
  readonly canaryIs: string;
  readonly isAway: boolean;
}

/** Each failure, and those that a canary has to tell apart twice. */
const rowsOf = (scene: Scene<TestNode>): Row[] =>
  failuresOf(scene).flatMap((failure): Row[] => {
    if (failure.canary === "none") return [{ ...failure, canaryIs: "not needed", isAway: false }];
    if (failure.canary === "refused") return [{ ...failure, canaryIs: "refused", isAway: true }];
    return [
      { ...failure, canaryIs: "answered", isAway: false },
      { ...failure, canaryIs: "not answered", isAway: true },
    ];
  });

async function breakAs(scene: Scene<TestNode>, { canaryIs, breakNode }: Row): Promise<void> {
  if (canaryIs === "answered") scene.node.answerProbesWith(pass);
  if (canaryIs === "not answered") scene.node.answerProbesWith(() => silence);
  await breakNode(scene.node);
}

// The two parameters differ, so that what is done shows which of them decided.
for (const fallback of ["pass", "block"] as const) {
  const unjudged = OTHER[fallback];
  const config = {
    fallback_action: fallback,
    unjudged_action: unjudged,
    node_timeout_ms: TIMEOUT_MS,
    // What becomes of a node that is away for longer: test/nodes.
    breaker_failures: 0,
  };
  const actions = `fallback_action ${fallback}, unjudged_action ${unjudged}`;

  describeTransports(`${actions}:`, { config }, (scene) => {
    test.each(rowsOf(scene))("$what (canary $canaryIs)", async (failure) => {
      const before = await noVerdicts(scene, failure);
      const decided = await decisions(scene);
      await breakAs(scene, failure);
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: "x=1" });
      const canaries = scene.node.probes.length;
      await mend(scene, failure);
      const action = failure.isAway ? fallback : unjudged;
      expect(answer.status).toBe(statusAfter(action));
      if (action === "pass") expect(scene.upstream.find(path)?.start.toString()).toBe("x=1");
      else expect(scene.upstream.requests).toEqual([]);
      await eventually("the failure is counted", async () => {
        return (await noVerdicts(scene, failure)) === before + 1;
      });
      const name = counted(failure.isAway ? "fallback" : "unjudged", action);
      expect(await decisions(scene)).toEqual({ ...decided, [name]: decided[name]! + 1 });
      if (failure.canary === "asked") expect(canaries).toBeGreaterThan(0);
    });

    test("and the next request is judged as ever", async () => {
      scene.node.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      scene.node.reset();
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    });
  });

  describeTransports(`${actions}, for a large upload`, { config }, (scene) => {
    test.each([
      ["is answered", pass, unjudged],
      ["is not answered", () => silence, fallback],
    ] as const)("let all of it go on, or nothing: canary %s", async (_, canary, action) => {
      scene.node.answerWith(() => silence);
      scene.node.answerProbesWith(canary);
      const body = pattern(3_000_000);
      const path = scene.path();
      const before = scene.upstream.bytes;
      const connection = await Connection.open(scene.gateway);
      void connection.send({ path, method: "POST", body });
      const answer = await within("the answer", connection.readResponse());
      connection.abort();
      expect(answer.status).toBe(statusAfter(action));
      if (action === "block") return expect(scene.upstream.bytes).toBe(before);
      return expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
    });
  });

  for (const [what, nodeCluster, nodeConfig] of [
    ["cluster that the gateway does not know", {}, { wallarm_cluster: "nowhere" }],
    ["cluster without a host", { empty: true }, {}],
    ["cluster whose name does not resolve", { url: "http://nowhere.invalid:5050" }, {}],
  ] as const) {
    const crashes = "url" in nodeCluster || "empty" in nodeCluster;
    describeTransports(
      `${actions}, a ${what}`,
      {
        config: { ...config, ...nodeConfig },
        nodeCluster,
        ...(crashes && { not: { "ext_proc on envoy": CRASH } }),
      },
      (scene) => {
        test.each(["GET", "POST"])("is a node that is away for a %s", async (method) => {
          const body = method === "POST" ? "x=1" : undefined;
          const answer = await request(scene.gateway, {
            path: scene.path(),
            method,
            ...(body !== undefined && { body }),
          });
          expect(answer.status).toBe(statusAfter(fallback));
          expect(await scene.gateway.metric("no_verdict.call_refused")).toBeGreaterThan(0);
          expect(await scene.gateway.metric(counted("fallback", fallback))).toBeGreaterThan(0);
        });
      },
    );
  }

  describeTransports(
    `${actions}, a circuit breaker of one call`,
    { config: { ...config, node_timeout_ms: 1500 }, nodeCluster: { maxRequests: 1 } },
    (scene) => {
      const sixAtOnce = (): Promise<number[]> =>
        Promise.all(
          Array.from({ length: 6 }, async () => {
            return (await request(scene.gateway, { path: scene.path() })).status;
          }),
        );

      test("makes what goes beyond it wait for its turn", async () => {
        const decided = await decisions(scene);
        expect(await sixAtOnce()).toEqual(Array(6).fill(200));
        expect(await decisions(scene)).toEqual(decided);
        expect(scene.node.requests).toHaveLength(6);
      });

      test("is no sign that the node is away: unjudged_action decides what got no turn", async () => {
        scene.node.answerWith(() => silence);
        const decided = await decisions(scene);
        expect(new Set(await sixAtOnce())).toEqual(new Set([statusAfter(unjudged)]));
        const name = counted("unjudged", unjudged);
        expect(await decisions(scene)).toEqual({ ...decided, [name]: decided[name]! + 6 });
      });
    },
  );
}

describeTransports(
  "async mode",
  { config: { wallarm_mode: "async", fallback_action: "block", node_timeout_ms: TIMEOUT_MS } },
  (scene) => {
    let current: Failure | undefined;
    afterEach(async () => current && mend(scene, current));

    test.each(failuresOf(scene))("is not touched by $what", async (failure) => {
      current = failure;
      await failure.breakNode(scene.node);
      const dropped = await scene.gateway.metric("outbox_dropped");
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: "x=1" });
      expect(answer.status).toBe(200);
      expect(scene.upstream.find(path)?.start.toString()).toBe("x=1");
      if (failure.isLossOutOfBand === false) return;
      await eventually("the loss is counted", async () => {
        return (await scene.gateway.metric("outbox_dropped")) > dropped;
      });
    });
  },
);

describeTransports(
  "a failure",
  { config: { fallback_action: "block", node_timeout_ms: TIMEOUT_MS } },
  (scene) => {
    test("is told once a minute for each reason, and what was decided of each request by its id", async () => {
      scene.node.answerWith(() => http(500, encode({ error: "out of memory" })));
      const ids: (string | undefined)[] = [];
      for (let i = 0; i < 3; i++) {
        const answer = await request(scene.gateway, { path: scene.path() });
        ids.push(answer.header("x-wallarm-request-id"));
      }
      for (const id of ids) {
        await eventually("a line with the id", () => scene.logged(`[req: ${id}]`).length > 0);
      }
      const warnings = scene.logged(
        scene.over === "ext_proc"
          ? "no verdict from the node: node error: gRPC status 2 no"
          : "no verdict from the node: node error: status 500, out of memory",
      );
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`[req: ${ids[0]}]`);
      expect(scene.logged("blocked by unjudged_action: node error")).toHaveLength(3);
    });
  },
);

describeTransports(
  "a node whose answer is late",
  { config: { fallback_action: "block", node_timeout_ms: 100 } },
  (scene) => {
    test("is not waited for longer than node_timeout_ms", async () => {
      scene.node.answerWith(() => silence);
      const began = performance.now();
      const answer = await request(scene.gateway, { path: scene.path() });
      expect(answer.status).toBe(403);
      expect(performance.now() - began).toBeGreaterThan(90);
      expect(await scene.gateway.metric("no_verdict.timed_out")).toBe(1);
    });
  },
);

describeTransports("a node over TLS", { nodeTls: true }, (scene) => {
  test("is asked, and its verdict counts", async () => {
    scene.node.answerWith(block);
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(403);
    expect(await scene.node.request(path)).toMatchObject({ path });
  });
});

describeTransports(
  "TLS spoken to a plain port",
  {
    config: (url) => ({
      wallarm_node: url.replace("http:", "https:"),
      fallback_action: "block",
      node_timeout_ms: 300,
      wallarm_cluster: "node",
    }),
    nodeCluster: { name: "node", tls: true },
  },
  (scene) => {
    test("is no verdict", async () => {
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      expect(await scene.gateway.metric("no_verdict.")).toBe(1);
    });
  },
);
