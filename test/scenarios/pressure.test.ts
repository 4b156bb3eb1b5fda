/** What if very many requests are held at once? Verdicts are not mixed up, memory is bounded, nothing traps or hangs. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Connection, pieces, request, type Response } from "../support/client.ts";
import { eventually, Gate, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";
import { pattern } from "../support/pattern.ts";
import { sha256 } from "../support/upstream.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";

describeTransports("200 requests at once", { config: { node_timeout_ms: 20_000 } }, (scene) => {
  test("get each its own verdict, though the answers come in another order", async () => {
    const gates = new Map<string, Gate>();
    scene.node.answerWith(async (messages) => {
      const gate = new Gate();
      gates.set(messages[0]!.path!, gate);
      await gate.opened;
      return messages[0]!.path!.startsWith("/bad") ? block(messages) : pass(messages);
    });
    const paths = Array.from({ length: 200 }, (_, i) => scene.path(i % 3 === 0 ? "bad" : "good"));
    const answers = paths.map((path) =>
      request(scene.gateway, { path, method: "POST", body: path }),
    );
    await eventually("all are held", () => gates.size === 200);
    expect(scene.upstream.requests).toEqual([]);
    for (const path of shuffled(paths)) gates.get(path)!.open();
    const statuses = (await Promise.all(answers)).map((answer) => answer.status);
    expect(statuses).toEqual(paths.map((path) => (path.startsWith("/bad") ? 403 : 200)));
    const seen = scene.upstream.requests.map((each) => [each.path, each.start.toString()]);
    const good = paths.filter((path) => path.startsWith("/good"));
    expect(seen.sort()).toEqual(good.map((path) => [path, path]).sort());
  });
});

describeTransports("two workers", { needs: ["workers"], workers: 2 }, (scene) => {
  test("judge each request by its own verdict, and count together", async () => {
    scene.node.answerWith((messages) =>
      messages[0]!.path?.startsWith("/bad") ? block(messages) : pass(messages),
    );
    const paths = Array.from({ length: 200 }, (_, i) => scene.path(i % 2 === 0 ? "bad" : "good"));
    const answers = await Promise.all(paths.map((path) => request(scene.gateway, { path })));
    expect(answers.map((answer) => answer.status)).toEqual(
      paths.map((path) => (path.startsWith("/bad") ? 403 : 200)),
    );
    const metric = (name: string): Promise<number> => scene.gateway.metric(name);
    await eventually("all are counted", async () => (await metric("requests_passed")) === 100);
    expect(await metric("requests_blocked")).toBe(100);
    expect(new Set(scene.node.requests.map((each) => each.id)).size).toBe(200);
  });
});

const passed = new Set(["200 hello from the API"]);
const HELD_BYTES = 65_536;

describeTransports(
  "thousands of uploads that are held at once",
  {
    config: { node_timeout_ms: 60_000, fallback_action: "block", held_memory_limit: 268_435_456 },
  },
  (scene) => {
    test("take bounded memory, trap nothing, and all go on after their verdicts", async () => {
      // The simulator shares one thread with the clients and the node of this test.
      const held = scene.engine.name === "envoy" ? 2000 : 500;
      const gate = new Gate();
      scene.node.answerWith(async (messages) => {
        await gate.opened;
        return pass(messages);
      });
      const before = scene.gateway.residentBytes();
      const body = pattern(HELD_BYTES);
      const connections: Connection[] = [];
      for (let i = 0; i < held; i++) connections.push(await Connection.open(scene.gateway));
      for (const connection of connections) {
        void connection.send({ path: scene.path(), method: "POST", body });
      }
      await eventually("all are asked about", () => asked(scene.node.requests) === held, 90_000);
      expect(scene.upstream.requests).toEqual([]);
      const grown = scene.gateway.residentBytes() - before;
      gate.open();
      const answers = await within(
        "all answers",
        Promise.all(connections.map((connection) => connection.readResponse())),
        30_000,
      );
      connections.forEach((connection) => connection.abort());
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(passed);
      // Each byte is held by the gateway, by its side call, and for a moment by the policy. The simulator shares its
      // process with this test's client and node, who keep theirs.
      const copies = scene.engine.name === "envoy" ? 4 : 8;
      expect(grown).toBeLessThan(held * HELD_BYTES * copies);
      expect(scene.logged("trap")).toEqual([]);
    }, 180_000);

    test("and leave the gateway as it was: requests are judged", async () => {
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    });
  },
);

const HALVES = 1000;
const HALF_BYTES = 100_000;
const MEMORY_LIMIT = 64 * 1024 * 1024;

describeTransports(
  "1,000 uploads that stand half way",
  { config: { node_timeout_ms: 60_000, fallback_action: "pass", unjudged_action: "pass" } },
  (scene) => {
    test("are held within held_memory_limit: what has no room is refused, nothing unjudged goes on", async () => {
      const body = pattern(2 * HALF_BYTES);
      const paths: string[] = [];
      const connections: Connection[] = [];
      // Those that stand still for long enough are slow, and give way first.
      const refused = async (): Promise<number> =>
        (await scene.gateway.metric("requests_without_memory")) +
        (await scene.gateway.metric("requests_slow"));
      for (let i = 0; i < HALVES; i++) {
        const connection = await Connection.open(scene.gateway);
        const path = scene.path();
        const headers = [["content-length", String(body.length)]] as const;
        await connection.write(connection.head({ path, method: "POST", headers }));
        void connection.write(body.subarray(0, HALF_BYTES));
        connections.push(connection);
        paths.push(path);
      }
      const fits = Math.floor(MEMORY_LIMIT / HALF_BYTES);
      await eventually(
        "those are refused that have no room",
        async () => (await refused()) >= HALVES - fits,
        30_000,
      );
      expect(await heldBytes(scene)).toBeLessThanOrEqual(MEMORY_LIMIT);
      // Of those that wait in line the heads are judged meanwhile; no byte of a body is told, or goes on, before all of it came.
      expect(scene.node.requests.filter(({ body }) => body !== undefined)).toEqual([]);
      expect(scene.upstream.requests.filter(({ bodyBytes }) => bodyBytes > 0)).toEqual([]);
      for (const connection of connections) connection.abort();
      await eventually("nothing is held any more", async () => (await heldBytes(scene)) === 0);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    }, 90_000);
  },
);

describeTransports(
  "held_memory_limit, full of what slow clients have sent",
  {
    config: {
      held_memory_limit: 4_194_304,
      // One part, which can't go on before it is complete.
      request_body_limit: 16_777_216,
      fallback_action: "pass",
      unjudged_action: "pass",
    },
  },
  (scene) => {
    test("makes them give way with 408, and the next upload is judged and arrives", async () => {
      // Too little to wait in line for.
      const declared = [["content-length", "100000"]] as const;
      const slow: Connection[] = [];
      for (let i = 0; i < 4; i++) {
        const connection = await Connection.open(scene.gateway);
        const head = { path: scene.path("slow"), method: "POST", headers: declared };
        await connection.write(connection.head(head));
        await connection.write(pattern(1000));
        slow.push(connection);
      }
      await eventually("they are held", async () => (await heldBytes(scene)) > 0);
      // Who has brought less than 1 KiB for each tenth of a second since it began, and at least for one second, is slow.
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const body = pattern(4_191_000);
      const path = scene.path();
      const sent = { path, method: "POST", body, deadlineMs: 15_000 };
      expect((await request(scene.gateway, sent)).status).toBe(200);
      expect((await scene.upstream.complete(path)).hash).toBe(sha256(body));
      const answers = await within(
        "the answers to the slow ones",
        Promise.all(slow.slice(0, 1).map((connection) => connection.readResponse())),
      );
      expect(answers.map(({ status }) => status)).toEqual([408]);
      expect(JSON.parse(answers[0]!.text)).toMatchObject({ error: "request_timeout" });
      expect(await scene.gateway.metric("requests_slow")).toBeGreaterThan(0);
      expect(
        scene.logged("refused: held_memory_limit is reached, and its client is slow"),
      ).not.toEqual([]);
      expect(scene.upstream.requests.map((each) => each.path)).toEqual([path]);
      slow.forEach((connection) => connection.abort());
    });

    test("refuses with 503 what has no room, and lets nothing of it through", async () => {
      const before = scene.upstream.bytes;
      const answer = await request(scene.gateway, {
        path: scene.path(),
        method: "POST",
        body: pattern(5_000_000),
      });
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.text)).toMatchObject({ error: "out_of_memory" });
      expect(scene.upstream.bytes).toBe(before);
      expect(await scene.gateway.metric("requests_without_memory")).toBe(1);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(200);
    });
  },
);

describeTransports(
  "ten uploads of 8 MiB at once, with default limits",
  { config: { node_timeout_ms: 30_000 } },
  (scene) => {
    test.each([
      ["at the pace of a network", uploadAtPace],
      ["as fast as a machine can", upload],
    ])(
      "all arrive, whole and judged, sent %s",
      async (_, send) => {
        const body = pattern(8 * 1024 * 1024);
        const paths = Array.from({ length: 10 }, () => scene.path());
        const answers = await Promise.all(paths.map((path) => send(scene, path, body)));
        expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
        const hash = sha256(body);
        for (const path of paths) {
          expect((await scene.upstream.complete(path)).hash).toBe(hash);
          expect(sha256((await scene.node.whole(path)).body)).toBe(hash);
        }
        await eventually("nothing is held any more", async () => (await heldBytes(scene)) === 0);
      },
      90_000,
    );
  },
);

async function upload(scene: Scene<TestNode>, path: string, body: Buffer): Promise<Response> {
  const connection = await Connection.open(scene.gateway);
  const headers = [["content-length", `${body.length}`]] as const;
  await connection.write(connection.head({ method: "POST", path, headers }));
  await connection.write(body);
  return within("the answer", connection.readResponse("POST"), 60_000);
}

/** As clients on a network do: what they have sent is read before there is more. */
async function uploadAtPace(scene: Scene<TestNode>, path: string, body: Buffer): Promise<Response> {
  const connection = await Connection.open(scene.gateway);
  const headers = [["content-length", `${body.length}`]] as const;
  await connection.write(connection.head({ method: "POST", path, headers }));
  for (const piece of pieces(body, 65_536)) {
    await connection.write(piece);
    await sleep(10);
  }
  return within("the answer", connection.readResponse("POST"), 60_000);
}

const heldBytes = async (scene: Scene<TestNode>): Promise<number> =>
  scene.gateway.metric("held_bytes");

describeTransports(
  "thousands of requests, one after the other",
  { needs: ["own process"], config: { verbose_logging: true } },
  (scene) => {
    test("leave no memory behind", async () => {
      const body = pattern(2000);
      const serve = async (count: number): Promise<void> => {
        const connection = await Connection.open(scene.gateway);
        for (let i = 0; i < count; i++) {
          await connection.send({ path: "/again", method: "POST", body });
          expect((await connection.readResponse()).status).toBe(200);
        }
        connection.abort();
        scene.reset();
      };
      await Promise.all([serve(500), serve(500), serve(500), serve(500)]);
      const before = scene.gateway.residentBytes();
      await Promise.all([serve(1000), serve(1000), serve(1000), serve(1000)]);
      const grown = scene.gateway.residentBytes() - before;
      // 4,000 requests of some 3 KB: all of them kept would be 12 MB.
      expect(grown).toBeLessThan(6_000_000);
    }, 60_000);
  },
);

const asked = (messages: readonly { readonly id: string }[]): number =>
  new Set(messages.map((each) => each.id)).size;

/** In an order that is odd and always the same. */
function shuffled<T>(all: readonly T[]): T[] {
  const copy = [...all];
  let seed = 4711;
  for (let i = copy.length - 1; i > 0; i--) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const j = seed % (i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
