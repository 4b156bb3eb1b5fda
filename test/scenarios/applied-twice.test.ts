/** Is a request that meets the policy twice inspected once, and never less than the stricter of the two would? */
import { describe, expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { clusterName } from "../support/cluster-name.ts";
import { describeEngines } from "../support/engines.ts";
import type { EngineScenario } from "../support/engines.ts";
import { block, pass, silence, verdicts } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import type { Config, Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";

const WARNING = "the policy is applied twice to this request, inspected ";

/** The API's own policy behind the automated one, which asks the same node. */
const twice = (first: Config, second: Config, vmId = "policy"): EngineScenario => ({
  pluginName: "automated.default.1",
  config: { node_timeout_ms: 300, ...first },
  second: {
    pluginName: "own.default.1",
    config: { node_timeout_ms: 300, ...second },
    sharesNode: true,
    vmId,
  },
});

const toldOf = (scene: Scene, path: string): number =>
  scene.node.requests.filter((each) => each.path === path).length;

const warnings = (scene: Scene): string[] =>
  scene.logged(WARNING).filter((line) => line.startsWith("[policy: own.default][api: 1][req: "));

describe.each([
  ["in one VM", "policy"],
  ["in a VM of its own", "another"],
])("a second policy %s", (_where, vmId) => {
  describeEngines("leaves to the first", twice({}, {}, vmId), (scene) => {
    test("the request, the verdict and the response", async () => {
      const path = scene.path();
      const body = pattern(5000);
      const answer = await request(scene.gateway, { path, method: "POST", body });
      expect(answer.status).toBe(200);
      const { id } = await scene.node.request(path);
      await scene.node.responseTo(id);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
      expect(scene.node.messages).toHaveLength(2);
    });

    test("a block: the API sees nothing", async () => {
      scene.node.answerWith(block);
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body: "x" });
      expect(answer.status).toBe(403);
      expect(toldOf(scene, path)).toBe(1);
      expect(scene.upstream.requests).toEqual([]);
    });

    test("what is warned of, at most once a minute", async () => {
      for (let i = 0; i < 5; i++) await request(scene.gateway, { path: scene.path() });
      await eventually("the warning", () => warnings(scene).length > 0);
      expect(warnings(scene)).toHaveLength(1);
      expect(warnings(scene)[0]).toMatch(/, inspected once$/);
    });

    test("and is asked itself where the first got no verdict", async () => {
      const path = scene.path();
      scene.node.answerWith((messages) => (toldOf(scene, path) === 1 ? silence : block(messages)));
      expect((await request(scene.gateway, { path })).status).toBe(403);
      expect(toldOf(scene, path)).toBe(2);
      expect(scene.upstream.requests).toEqual([]);
    });

    test("large uploads, of which each part is told once", async () => {
      const path = scene.path();
      const body = pattern(3_000_000);
      const answer = await request(scene.gateway, { path, method: "POST", body });
      expect(answer.status).toBe(200);
      const { id } = await scene.node.request(path);
      const told = scene.node.partsOf(id).map((each) => each.body ?? Buffer.alloc(0));
      expect(sha256(Buffer.concat(told))).toBe(sha256(body));
      expect(new Set(scene.node.requests.map((each) => each.id)).size).toBe(1);
    });
  });
});

describeEngines("a client", twice({}, {}), (scene) => {
  test.each([
    "wallarm_inspection",
    "wasm.wallarm_inspection",
    "x-wallarm-inspection",
    "x-envoy-filter-state-wasm.wallarm_inspection",
  ])("can't pretend with %s that it was inspected", async (name) => {
    scene.node.answerWith(block);
    const path = scene.path();
    const answer = await request(scene.gateway, {
      path,
      headers: [[name, "1"]],
    });
    expect(answer.status).toBe(403);
    expect(toldOf(scene, path)).toBe(1);
  });

  test("is inspected again with its next request on the same connection", async () => {
    const paths = [scene.path(), scene.path(), scene.path()];
    const connection = await Connection.open(scene.gateway);
    for (const path of paths) {
      await connection.send({ path });
      expect((await connection.readResponse()).status).toBe(200);
    }
    connection.abort();
    expect(paths.map((path) => toldOf(scene, path))).toEqual([1, 1, 1]);
  });
});

describeEngines("a first one in async mode", twice({ wallarm_mode: "async" }, {}), (scene) => {
  test("does not stand for one that waits: the attack is blocked", async () => {
    scene.node.answerWith(block);
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(403);
    await eventually("both are told", () => toldOf(scene, path) === 2);
    expect(scene.upstream.requests).toEqual([]);
    expect(warnings(scene)[0]).toMatch(/, inspected twice$/);
  });
});

const secondAsync = twice({}, { wallarm_mode: "async" });
describeEngines("a second one in async mode", secondAsync, (scene) => {
  test("leaves the request to the first, which waits", async () => {
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(200);
    const { id } = await scene.node.request(path);
    await scene.node.responseTo(id);
    expect(scene.node.messages).toHaveLength(2);
  });
});

const cutting = { request_body_overflow: "pass", request_body_limit: 1000 };
describe.each([
  ["less of a body", cutting],
  ["no body", { request_body_limit: 0 }],
])("a first one that judges %s", (_, first) => {
  describeEngines("and a second that judges all", twice(first, {}), (scene) => {
    test("does not stand for one that judges all of it", async () => {
      scene.node.answerWith((messages) =>
        messages.some((each) => each.body?.includes("attack")) ? block(messages) : pass(messages),
      );
      const path = scene.path();
      const body = `${"x".repeat(2000)}attack`;
      const answer = await request(scene.gateway, { path, method: "POST", body });
      expect(answer.status).toBe(403);
      expect(scene.upstream.find(path)?.start.toString() ?? "").not.toContain("attack");
    });
  });
});

const small = { request_body_limit: 1000 };
describeEngines("a first one that judges a body in smaller parts", twice(small, {}), (scene) => {
  test("stands for one that judges it in larger ones", async () => {
    const sent = { path: scene.path(), method: "POST", body: pattern(2500) };
    expect((await request(scene.gateway, sent)).status).toBe(200);
    const told = scene.node.requests.filter((each) => each.path === sent.path);
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  });
});

const { second } = twice({}, {});
const apart: EngineScenario = { ...twice({}, {}), second: { ...second!, sharesNode: false } };
describeEngines("two that ask different nodes", apart, (scene) => {
  test("are both asked: a verdict of one does not stand for the other's", async () => {
    scene.secondNode.answerWith(block);
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(403);
    expect([toldOf(scene, path), scene.secondNode.requests.length]).toEqual([1, 1]);
    await eventually("the warning", () => warnings(scene).length > 0);
    expect(warnings(scene)[0]).toMatch(/, inspected twice$/);
  });
});

const elsewhere: EngineScenario = {
  ...twice({}, {}),
  second: {
    ...second!,
    config: (url) => ({ wallarm_cluster: clusterName(second!.pluginName, new URL(url).host) }),
  },
};
describeEngines("two that go through different clusters", elsewhere, (scene) => {
  test("are both asked, as other nodes may be behind them", async () => {
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(200);
    expect(toldOf(scene, path)).toBe(2);
  });
});

const refusing = { request_body_overflow: "block", request_body_limit: 1000 };
describeEngines("a second one that refuses large bodies", twice({}, refusing), (scene) => {
  test("still does", async () => {
    const body = "x".repeat(2000);
    const answer = await request(scene.gateway, { path: scene.path(), method: "POST", body });
    expect(answer.status).toBe(413);
  });
});

const parts = { request_body_limit: 200_000 };
const strict = twice({ ...parts, fallback_action: "pass" }, { ...parts, fallback_action: "block" });
describeEngines("a second one with fallback_action block", strict, (scene) => {
  test("leaves the request and its body to the first while that gets verdicts", async () => {
    const path = scene.path();
    const sent = { path, method: "POST", body: pattern(150_000) };
    expect((await request(scene.gateway, sent)).status).toBe(200);
    expect(toldOf(scene, path)).toBe(1);
  });

  test("blocks what the first lets through without a verdict", async () => {
    scene.node.answerWith(() => silence);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("stops a body at the part on which the first got no verdict", async () => {
    const body = pattern(2_000_000);
    scene.node.answerWith((messages) =>
      messages.every((each) => each.part === 0) ? pass(messages) : silence,
    );
    const path = scene.path();
    const answer = await request(scene.gateway, { path, method: "POST", body }).catch(
      () => undefined,
    );
    expect(answer?.status ?? 403).toBe(403);
    const lines = await eventually("the decision is logged", () => {
      const found = scene.logged("blocked by fallback_action");
      return found.length > 0 ? found : undefined;
    });
    expect(lines.at(-1)).toContain("[policy: own.default]");
    expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
  });
});

describeEngines("a node that answers rubbish to the first", twice({}, {}), (scene) => {
  test("is asked by the second, and its verdict counts", async () => {
    const path = scene.path();
    scene.node.answerWith((messages) => (toldOf(scene, path) === 1 ? verdicts() : pass(messages)));
    expect((await request(scene.gateway, { path })).status).toBe(200);
    expect(toldOf(scene, path)).toBe(2);
  });
});

const overGrpc: EngineScenario = { ...twice({}, {}), extProc: true };
describeEngines("an external processor", overGrpc, (scene) => {
  test("has one stream for the request", async () => {
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    expect(scene.processor.streams.length).toBe(1);
  });
});
