/**
 * What if somebody sets the host's clock? What is known of nodes is counted in ticks, so that nothing gets past them, probes go on, and
 * a node is found again as ever. In the simulator alone: no test may set the clock of the machine that Envoy runs on.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Gate } from "../support/deadline.ts";
import { block } from "../support/node/replies.ts";
import type { Reply } from "../support/node/replies.ts";
import { ScriptedHost } from "../support/scripted-host.ts";
import { Workers } from "./simulated-workers.ts";

const HOUR = 3_600_000;
const STEPS = [
  ["back by an hour", -HOUR],
  ["forward by an hour", HOUR],
  ["back to 1970", -Date.UTC(2026, 0, 1)],
  ["back by a second", -1000],
] as const;

/** As Envoy answers in the place of a node that nothing listens at. */
const NO_CONNECTION: Reply = {
  kind: "http",
  status: 503,
  body: Buffer.from("upstream connect error, reset reason: remote connection failure"),
  node: false,
};

let workers: Workers;
beforeEach(() => void (workers = new Workers()));
afterEach(() => workers.end());

describe.each(STEPS)("the clock is set %s", (_how, step) => {
  test("while a node is alive: it is asked on, and its verdicts count", async () => {
    const worker = await workers.start({ config: { fallback_action: "pass" } });
    expect(await worker.get()).toBe(200);
    workers.clock.set(step);
    workers.node.answer = block;
    expect(await workers.pass(3000, [worker])).toEqual(Array(30).fill(403));
    const asked = workers.node.told.filter(({ type }) => type === "request");
    expect(asked).toHaveLength(31);
    expect(worker.metric("node_probes")).toBe(0);
  });

  test("while a request waits for its verdict: it waits on, and is blocked by it", async () => {
    const worker = await workers.start({ config: { fallback_action: "pass" } });
    const gate = new Gate();
    workers.node.answer = async (messages) => {
      await gate.opened;
      return block(messages);
    };
    const status = worker.get();
    await workers.clock.advance(100);
    workers.clock.set(step);
    await workers.clock.advance(100);
    expect(worker.gateway.upstreamRequests).toEqual([]);
    gate.open();
    expect(await status).toBe(403);
    expect(worker.metric("requests_blocked")).toBe(1);
  });

  test("while a connection is tried in vain: the message is told again", () => {
    const host = new ScriptedHost();
    host.configure({ breaker_failures: 0, node_timeout_ms: 500 });
    host.requestHeaders(host.stream(), true);
    host.tick();
    host.now += BigInt(step) * 1_000_000n;
    host.reply(NO_CONNECTION);
    expect(host.calls.map(({ message }) => message.id)).toEqual(
      Array(2).fill(host.calls[0]!.message.id),
    );
    expect(host.acts).toEqual([]);
    host.verdict("block");
    expect(host.localResponses).toEqual([403]);
  });

  test("while a node fails: it is taken as dead as soon as ever", async () => {
    const worker = await workers.start();
    workers.node.isUp = false;
    expect([await worker.get(), await worker.get()]).toEqual([403, 403]);
    workers.clock.set(step);
    expect(await workers.pass(1500, [worker])).toEqual(Array(15).fill(403));
    expect(worker.logged("is taken as dead")).toBe(1);
    workers.node.isUp = true;
    await workers.pass(2000);
    expect(await worker.get()).toBe(200);
  });

  test("while a node is dead: it is probed once a second, and told again within two", async () => {
    const worker = await workers.start();
    workers.node.isUp = false;
    await workers.pass(2000, [worker]);
    expect(worker.metric("nodes_up")).toBe(0);
    workers.clock.set(step);
    const before = worker.metric("node_probes");
    expect(await workers.pass(5000, [worker])).toEqual(Array(50).fill(403));
    const probes = worker.metric("node_probes") - before;
    expect(probes).toBeGreaterThanOrEqual(4);
    expect(probes).toBeLessThanOrEqual(6);
    expect(worker.metric("no_verdict.node_dead")).toBeGreaterThanOrEqual(50);

    workers.node.isUp = true;
    workers.clock.set(-step);
    await workers.pass(2000);
    expect(worker.metric("nodes_up")).toBe(1);
    expect(await worker.get()).toBe(200);
    expect(worker.logged(" is back")).toBe(1);
  });

  test("while another worker probes: its lease is neither lost nor kept too long", async () => {
    const [first, second] = [await workers.start(), await workers.start()];
    workers.node.isUp = false;
    await workers.pass(2000, [first]);
    workers.clock.set(step);
    expect(new Set(await workers.pass(5000, [second]))).toEqual(new Set([403]));
    expect(second.metric("node_probes")).toBe(0);
    await first.die();
    workers.clock.set(-step);
    workers.node.isUp = true;
    await workers.pass(3500, [second]);
    expect(await second.get()).toBe(200);
  });
});
