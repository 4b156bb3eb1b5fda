/** Do messages in batches arrive through a real gateway, all of them, and is no request touched when they can't? */
import { encode } from "@msgpack/msgpack";
import { afterEach, expect, test } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { http, pass, silence } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";
import { sha256 } from "../support/upstream.ts";

const async = { wallarm_mode: "async" };

/** So many requests, one behind the other, on each of so many connections; the paths. */
async function serve(scene: Scene, connections: number, each: number): Promise<string[]> {
  const paths: string[] = [];
  const client = async (): Promise<void> => {
    const connection = await Connection.open(scene.gateway);
    for (let i = 0; i < each; i++) {
      const path = scene.path();
      paths.push(path);
      await connection.send({ path });
      expect((await connection.readResponse()).status).toBe(200);
    }
    connection.abort();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return paths;
}

const told = (scene: Scene): Set<string | undefined> =>
  new Set(scene.node.requests.map(({ path }) => path));
const dropped = (scene: Scene): Promise<number> => scene.gateway.metric("outbox_dropped");

describeEngines("1,000 requests of async mode", { config: async }, (scene) => {
  test("are told with their responses, in at most a tenth as many calls", async () => {
    const paths = await serve(scene, 8, 125);
    await eventually("all are told", () => scene.node.responses.length === paths.length);
    expect(told(scene)).toEqual(new Set(paths));
    const { calls } = scene.node;
    expect(calls.every(({ fault }) => fault === undefined)).toBe(true);
    expect(calls.length).toBeLessThan(100);
    expect(await dropped(scene)).toBe(0);
    await eventually("all are counted", async () => {
      return (await scene.gateway.metric("outbox_sent")) === 2 * paths.length;
    });
  });
});

describeEngines(
  "a request that goes on for long, in async mode",
  { config: { ...async, request_body_limit: 100_000 } },
  (scene) => {
    test("is told while it goes on", async () => {
      const path = scene.path();
      const connection = await Connection.open(scene.gateway);
      const headers = [["content-length", "10"]] as const;
      await connection.write(connection.head({ method: "POST", path, headers }));
      await connection.write("first");
      expect(await scene.node.request(path)).toMatchObject({ part: 0, last: false });
      await connection.write("-last");
      const { id } = await scene.node.request(path);
      await eventually("its end is told", () => scene.node.partsOf(id).at(-1)?.last);
      const parts = scene.node.partsOf(id).map(({ body }) => body?.toString());
      expect(parts).toEqual(["first", "-last"]);
      connection.abort();
    });

    test("is told part by part, with nothing lost between them", async () => {
      const body = pattern(2_000_000);
      const path = scene.path();
      const sent = { path, method: "POST", body: pieces(body, 50_000), chunked: true };
      expect((await request(scene.gateway, sent)).status).toBe(200);
      const { id } = await scene.node.request(path);
      const parts = await eventually("all parts", () => {
        const all = scene.node.partsOf(id);
        return all.at(-1)?.last && all.length === all.at(-1).part + 1 ? all : undefined;
      });
      const bytes = Buffer.concat(parts.map((each) => each.body ?? Buffer.alloc(0)));
      expect(sha256(bytes)).toBe(sha256(body));
    });
  },
);

describeEngines(
  "a node that takes no batch",
  { config: { ...async, node_timeout_ms: 1500, fallback_action: "block" } },
  (scene) => {
    afterEach(() => scene.node.listen().catch(() => undefined));

    const loses = async (count: number, act: () => Promise<unknown>): Promise<void> => {
      const before = await dropped(scene);
      await act();
      await eventually("all are counted as dropped", async () => {
        return (await dropped(scene)) - before === count;
      });
    };

    test("for its size: all of it is dropped, no request is touched", async () => {
      scene.node.answerWith(() => http(413, encode({ error: "too large" })));
      await loses(80, () => serve(scene, 4, 10));
      expect(scene.logged("messages for the node dropped: ")).toHaveLength(1);
      expect(scene.logged("rejected by node: status 413, too large")).toHaveLength(1);
    });

    test("but for one message: that one is dropped", async () => {
      scene.node.answerWith((messages) =>
        pass(messages.filter((each) => !each.path?.startsWith("/odd"))),
      );
      await loses(1, async () => {
        await serve(scene, 2, 5);
        await request(scene.gateway, { path: scene.path("odd") });
      });
    });

    test("and says nothing: requests go on, messages are dropped at the deadline", async () => {
      scene.node.answerWith(() => silence);
      await loses(80, () => serve(scene, 4, 10));
    });

    test("as it is dead: it gets what is new once it is back", async () => {
      await scene.node.refuse();
      await loses(80, () => serve(scene, 4, 10));
      await scene.node.listen();
      const paths = await serve(scene, 1, 3);
      await eventually("they are told", () => paths.every((path) => told(scene).has(path)));
    });
  },
);

const patient = { ...async, node_timeout_ms: 20_000 };
describeEngines("a changed configuration", { config: patient }, (scene) => {
  test("sends first what was gathered", async () => {
    for (let round = 1; round <= 5; round++) {
      const paths = await serve(scene, 2, 10);
      const changed = scene.filter({ node_timeout_ms: 20_000 + round });
      expect(await scene.gateway.reconfigure([changed])).toBeUndefined();
      await eventually("all are told", () => paths.every((path) => told(scene).has(path)));
    }
    await eventually("all are counted", async () => {
      return (await scene.gateway.metric("outbox_sent")) === 200;
    });
    expect(await dropped(scene)).toBe(0);
  });

  test("waits for the answers to calls that are under way", async () => {
    const gate = new Gate();
    scene.node.answerWith(async (messages) => {
      await gate.opened;
      return pass(messages);
    });
    const before = await scene.gateway.metric("outbox_sent");
    const paths = await serve(scene, 1, 5);
    await eventually("they are under way", () => paths.every((path) => told(scene).has(path)));
    const changed = scene.filter({ node_timeout_ms: 19_999 });
    expect(await scene.gateway.reconfigure([changed])).toBeUndefined();
    gate.open();
    await eventually("all are counted", async () => {
      return (await scene.gateway.metric("outbox_sent")) - before === 10;
    });
  });
});

const hasty = { ...async, node_timeout_ms: 300 };
describeEngines(
  "a changed configuration, and a node that says nothing",
  { config: hasty },
  (scene) => {
    test("keeps the old policy no longer than the deadline", async () => {
      scene.node.answerWith(() => silence);
      const before = await dropped(scene);
      await serve(scene, 2, 5);
      expect(await scene.gateway.reconfigure([scene.filter({ node_timeout_ms: 999 })])).toBe(
        undefined,
      );
      await eventually(
        "all are counted as dropped",
        async () => (await dropped(scene)) - before === 20,
      );
      expect(scene.logged("the last: timed out").length).toBeGreaterThan(0);
    });
  },
);
