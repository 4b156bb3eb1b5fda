/** Is a request that meets the policy twice inspected twice, unless the second could find nothing that the first has not? */
import { describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { clusterName } from "../support/cluster-name.ts";
import { describeEngines } from "../support/engines.ts";
import type { FilterOptions } from "../support/gateway-options.ts";
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
    test("a request without a body, the verdict and the response", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(200);
      const { id } = await scene.node.request(path);
      await scene.node.responseTo(id);
      await scene.upstream.complete(path);
      expect(scene.node.messages).toHaveLength(2);
    });

    test("a block: the API sees nothing", async () => {
      scene.node.answerWith(block);
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(403);
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
  });

  describeEngines("inspects too", twice({}, {}, vmId), (scene) => {
    test.each([
      ["a body", Buffer.from("x")],
      ["a body of many parts", pattern(3_000_000)],
    ])("%s, which a filter between the two may have changed", async (_what, body) => {
      const path = scene.path();
      const answer = await request(scene.gateway, { path, method: "POST", body });
      expect(answer.status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
      const ids = scene.node.requests.flatMap((each) => (each.path === path ? [each.id] : []));
      expect(new Set(ids).size).toBe(2);
      for (const id of ids) {
        const sent = scene.node.partsOf(id).map((each) => each.body ?? Buffer.alloc(0));
        expect(sha256(Buffer.concat(sent))).toBe(sha256(body));
      }
      expect(warnings(scene)[0]).toMatch(/, inspected twice$/);
    });
  });
});

/** One parameter each that the second has and the first has not. */
const DIFFERENCES: readonly Config[] = [
  { additional_nodes: ["http://127.0.0.1:1"] },
  { block_body: "No." },
  { block_status: 451 },
  { breaker_failures: 50 },
  { fallback_action: "block" },
  { header_holding: "on" },
  { node_protocol: "connector" },
  { node_retries: 3 },
  { node_timeout_ms: 2000 },
  { parse_responses: false },
  { real_host_header: "X-Forwarded-Host" },
  { real_ip_header: "X-Real-IP" },
  { request_body_limit: 1000 },
  { request_body_overflow: "block" },
  { response_body_limit: 100 },
  { trusted_hops: 1 },
  { verbose_logging: true },
];

describeEngines("two whose settings differ", twice({}, {}), (scene) => {
  const both = (first: Config, second: Config): FilterOptions[] => [
    scene.filter(first),
    { ...scene.filter(second), name: "own.default.1" },
  ];
  const asks = async (filters: FilterOptions[]): Promise<number> => {
    expect(await scene.gateway.reconfigure(filters)).toBeUndefined();
    const path = scene.path();
    expect((await request(scene.gateway, { path })).status).toBe(200);
    return toldOf(scene, path);
  };

  test.each(DIFFERENCES)("are both asked: %j", async (difference) => {
    expect(await asks(both({}, difference))).toBe(2);
    expect(await asks(both(difference, {}))).toBe(2);
  });

  test("in nothing but how they are written are not", async () => {
    const written = { fallback_action: "pass", trusted_hops: 0, real_ip_header: "X-FORWARDED-FOR" };
    expect(await asks(both({}, { ...written, block_body: null, unknown_key: 1 }))).toBe(1);
  });
});

const change = await compileToFile("scenarios/modules/change", "bare");
const between = (config: string): FilterOptions => ({
  wasm: change,
  name: "between",
  rootId: "",
  vmId: "between",
  config,
});

describe.each(["header", "value", "path", "method"])(
  "a filter between the two that changes a %s",
  (what) => {
    const scenario = { ...twice({}, {}), between: between(what) };
    describeEngines("makes both inspect", scenario, (scene) => {
      test("what each of them sees", async () => {
        const path = scene.path();
        const headers = [["x-client", "1"]] as const;
        expect((await request(scene.gateway, { path, headers })).status).toBe(200);
        expect(scene.node.requests).toHaveLength(2);
        const [first, second] = scene.node.requests;
        const shown = ({ path: target, method, headers: all }: typeof first & object): string =>
          JSON.stringify([target, method, all]);
        expect(shown(first!)).not.toBe(shown(second!));
      });

      test("and the second blocks what became an attack only there", async () => {
        scene.node.answerWith((messages) =>
          scene.node.requests.length > 1 ? block(messages) : pass(messages),
        );
        const headers = [["x-client", "1"]] as const;
        const answer = await request(scene.gateway, { path: scene.path(), headers });
        expect(answer.status).toBe(403);
        expect(scene.upstream.requests).toEqual([]);
      });
    });
  },
);

describeEngines(
  "a filter between the two that changes nothing",
  { ...twice({}, {}), between: between("nothing") },
  (scene) => {
    test("leaves it at one inspection", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(200);
      expect(toldOf(scene, path)).toBe(1);
    });
  },
);

describeEngines(
  "a filter between the two that changes a body and not its length",
  { ...twice({}, {}), between: between("body") },
  (scene) => {
    test("does not get past the second", async () => {
      scene.node.answerWith((messages) =>
        messages.some((each) => each.body?.includes("attack")) ? block(messages) : pass(messages),
      );
      const path = scene.path();
      const sent = { path, method: "POST", body: "harmless" };
      expect((await request(scene.gateway, sent)).status).toBe(403);
      expect(scene.upstream.find(path)?.complete ?? false).toBe(false);
    });
  },
);

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

describeEngines(
  "two in async mode",
  twice({ wallarm_mode: "async" }, { wallarm_mode: "async" }),
  (scene) => {
    test("report a request without a body once", async () => {
      const path = scene.path();
      expect((await request(scene.gateway, { path })).status).toBe(200);
      const { id } = await scene.node.request(path);
      await scene.node.responseTo(id);
      expect(scene.node.messages).toHaveLength(2);
    });
  },
);

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
  test("lets pass what both get verdicts on", async () => {
    const path = scene.path();
    const sent = { path, method: "POST", body: pattern(150_000) };
    expect((await request(scene.gateway, sent)).status).toBe(200);
    expect(toldOf(scene, path)).toBe(2);
  });

  test("blocks what the first lets through without a verdict", async () => {
    scene.node.answerWith(() => silence);
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("stops a body at the part on which neither got a verdict", async () => {
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

const letsThrough = { unjudged_action: "pass" };
describeEngines(
  "a node that answers rubbish to the first",
  twice(letsThrough, letsThrough),
  (scene) => {
    test("is asked by the second, and its verdict counts", async () => {
      const path = scene.path();
      scene.node.answerWith((messages) =>
        toldOf(scene, path) === 1 ? verdicts() : pass(messages),
      );
      expect((await request(scene.gateway, { path })).status).toBe(200);
      expect(toldOf(scene, path)).toBe(2);
    });
  },
);

const overGrpc: EngineScenario = { ...twice({}, {}), extProc: true };
describeEngines("an external processor", overGrpc, (scene) => {
  test("has one stream for the request", async () => {
    expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    expect(scene.processor.streams.length).toBe(1);
  });
});
