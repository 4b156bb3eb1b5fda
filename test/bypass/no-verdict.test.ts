/**
 * Can a client choose to go unjudged while a node lives? It can make one message slow, hopeless or unwelcome, or fill what the
 * gateway may ask at a time. `fallback_action: pass` must not let any of that through.
 */
import { afterAll, expect, test } from "vitest";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import type { MockNode } from "../../host-sim/src/mock-node/index.ts";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeEngines, describeTransports } from "../support/engines.ts";
import type { Message } from "../support/node/messages.ts";
import { block, pass, silence } from "../support/node/replies.ts";
import type { AnswerCall, TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";

/** No failures in a row make a node look dead here: each request is to be decided by itself. */
const config = { fallback_action: "pass", breaker_failures: 0 };
const ATTACK = "attack-needle";
const SLOW = "slow-to-judge";

/** Judges what it is told of, and never comes to an end with some bodies. */
const judge: AnswerCall = (messages) => {
  const text = messages.map(textOf).join();
  if (text.includes(SLOW)) return silence;
  return text.includes(ATTACK) ? block(messages) : pass(messages);
};

const textOf = ({ path, body }: Message): string => `${path ?? ""} ${body?.toString() ?? ""}`;

const post = async (scene: Scene<TestNode>, path: string, body: string): Promise<number> =>
  (await request(scene.gateway, { path, method: "POST", body })).status;

const get = async (scene: Scene<TestNode>, path: string): Promise<number> =>
  (await request(scene.gateway, { path })).status;

/** Paths of attacks that the API has seen. */
const attacksAtApi = (scene: Scene<TestNode>): string[] =>
  scene.upstream.requests.map((each) => each.path).filter((path) => path.includes("attack"));

describeTransports(
  "a body that a node can't judge in time",
  { config: { ...config, node_timeout_ms: 2000 } },
  (scene) => {
    test("does not pass with it, and costs others no verdict", async () => {
      scene.node.answerWith(judge);
      scene.node.answerProbesWith(pass);
      const slow = Array.from({ length: 10 }, () =>
        post(scene, scene.path("attack"), `${SLOW} ${ATTACK}`),
      );
      const attacks = Array.from({ length: 20 }, () => post(scene, scene.path("attack"), ATTACK));
      const fine = Array.from({ length: 5 }, () => post(scene, scene.path(), "fine"));
      expect(new Set(await Promise.all(attacks))).toEqual(new Set([403]));
      expect(new Set(await Promise.all(fine))).toEqual(new Set([200]));
      expect(new Set(await Promise.all(slow))).toEqual(new Set([403]));
      expect(attacksAtApi(scene)).toEqual([]);
      expect(await scene.gateway.metric("requests_blocked")).toBe(20);
      expect(await scene.gateway.metric("unjudged_blocked")).toBe(10);
      expect(await scene.gateway.metric("fallback_passed")).toBe(0);
    });

    test("passes where no node is there, and that is what fallback_action is for", async () => {
      await scene.node.refuse();
      expect(await post(scene, scene.path(), SLOW)).toBe(200);
      expect(await scene.gateway.metric("fallback_passed")).toBe(1);
      await scene.node.listen();
    });
  },
);

const AT_ONCE = 4;

describeTransports(
  `a gateway that asks ${AT_ONCE} questions at a time`,
  { config: { ...config, node_timeout_ms: 2000 }, nodeCluster: { maxRequests: AT_ONCE } },
  (scene) => {
    /** Requests that hold all of the room, until the gate opens. */
    const fill = async (gate: Gate): Promise<readonly Promise<number>[]> => {
      scene.node.answerWith(async (messages, call) => {
        if (textOf(messages[0]!).includes("/holds/")) await gate.opened;
        return judge(messages, call);
      });
      scene.node.answerProbesWith(pass);
      const holding = Array.from({ length: AT_ONCE }, () => get(scene, scene.path("holds")));
      await eventually("all the room is taken", () => scene.node.waiting.length === AT_ONCE);
      return holding;
    };

    test("asks about an attack as soon as there is room for it", async () => {
      const gate = new Gate();
      const holding = await fill(gate);
      const attack = get(scene, scene.path(ATTACK));
      const fine = get(scene, scene.path());
      await eventually("they are there", async () => {
        return (await scene.gateway.activeRequests()) === AT_ONCE + 2;
      });
      gate.open();
      expect(await attack).toBe(403);
      expect(await fine).toBe(200);
      expect(await Promise.all(holding)).toEqual(Array(AT_ONCE).fill(200));
      expect(await scene.gateway.metric("requests_blocked")).toBe(1);
      expect(await scene.gateway.metric("no_verdict.")).toBe(0);
    });

    test("lets no attack through for which there never is any", async () => {
      const gate = new Gate();
      const holding = await fill(gate);
      const attacks = Array.from({ length: 5 }, () => get(scene, scene.path(ATTACK)));
      expect(new Set(await Promise.all(attacks))).toEqual(new Set([403]));
      expect(attacksAtApi(scene)).toEqual([]);
      expect(await scene.gateway.metric("fallback_passed")).toBe(0);
      gate.open();
      await Promise.all(holding);
      expect(await get(scene, scene.path())).toBe(200);
    });

    test("asks on while idle requests fill the gateway", async () => {
      scene.node.answerWith(judge);
      const idle = await Promise.all(
        Array.from({ length: 10 * AT_ONCE }, () => Connection.open(scene.gateway)),
      );
      for (const connection of idle) {
        await connection.write("POST /idle HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf");
      }
      await eventually("they are there", async () => {
        return (await scene.gateway.activeRequests()) === idle.length;
      });
      const blocked = await scene.gateway.metric("requests_blocked");
      for (let i = 0; i < 5; i++) {
        expect(await get(scene, scene.path(ATTACK))).toBe(403);
        expect(await get(scene, scene.path())).toBe(200);
      }
      expect((await scene.gateway.metric("requests_blocked")) - blocked).toBe(5);
      idle.forEach((connection) => connection.abort());
    });
  },
);

/** The attack is one for the mock node's own detection. */
const UNION = "/?q=1%20UNION%20SELECT%20password%20FROM%20users--%20";
const started: MockNode[] = [];
afterAll(() => Promise.all(started.map((node) => node.close())));

async function mockNode(more: object): Promise<MockNode> {
  const node = await createMockNode({ route_config: { wallarm_mode: "block" }, ...more });
  started.push(node);
  return node;
}

const behind = (node: MockNode) => ({
  config: { ...config, wallarm_node: node.url, wallarm_cluster: "mock" },
  nodeCluster: { name: "mock", url: node.url },
});

const choosy = await mockNode({ connector: { allowed_hosts: ["api.example"] } });
describeEngines("a node that serves other hosts", behind(choosy), (scene) => {
  test.each([
    ["an unknown one", "elsewhere.example"],
    ["a known one with a port", "api.example:1"],
    ["none that is a name", "[::1]"],
  ])("lets no attack through on %s", async (_, host) => {
    const sent = { path: UNION, headers: [["host", host]] as const };
    expect((await request(scene.gateway, sent)).status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
    expect(await scene.gateway.metric("fallback_passed")).toBe(0);
  });
});

const FAULTS = [
  "delay=60000",
  "status=500",
  "status=503",
  "status=404",
  "reset",
  "silence",
  "garbage",
  "not-http",
  "no-node-header",
  "no-verdict",
  "error",
  "of no kind",
];
for (const allowed of [false, true]) {
  const node = await mockNode({ mock: { allow_request_faults: allowed } });
  const title = `a node that ${allowed ? "has the faults" : "knows nothing of faults"} that clients ask for`;
  describeEngines(title, behind(node), (scene) => {
    test.each(FAULTS)("lets no attack through with %j", async (fault) => {
      const sent = { path: UNION, headers: [["x-mock-node-fault", fault]] as const };
      expect((await request(scene.gateway, sent)).status).toBe(403);
      expect(scene.upstream.requests).toEqual([]);
      expect(await scene.gateway.metric("fallback_passed")).toBe(0);
    });
  });
}
