/** Who asks a node that is in question, and who when that one goes? One worker of all, and another within three seconds. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workers } from "./simulated-workers.ts";
import type { Worker } from "./simulated-workers.ts";

let workers: Workers;
beforeEach(() => void (workers = new Workers()));
afterEach(() => workers.end());

const probes = (...all: readonly Worker[]): number =>
  all.reduce((sum, worker) => sum + worker.metric("node_probes"), 0);
const refusals = (statuses: readonly number[]): boolean => statuses.every((each) => each === 403);

/** What others have found is looked up twice a second. */
const LOOK_UP_MS = 600;

/** Two workers, of which the first has found that the node is dead, and the second has heard of it. */
async function dead(): Promise<[Worker, Worker]> {
  const both = [await workers.start(), await workers.start()] as [Worker, Worker];
  workers.node.isUp = false;
  await workers.pass(2000, [both[0]]);
  expect(both[0].logged("is taken as dead")).toBe(1);
  await workers.pass(LOOK_UP_MS, both);
  return both;
}

describe("a dead node", () => {
  test("is probed by one worker once a second, however busy all are", async () => {
    const both = await dead();
    const before = probes(...both);
    const unreachable = both[1].metric("no_verdict.node_unreachable");
    expect(refusals(await workers.pass(5000, both))).toBe(true);
    expect(probes(...both) - before).toBeGreaterThanOrEqual(4);
    expect(probes(...both) - before).toBeLessThanOrEqual(6);
    expect(both[1].metric("no_verdict.node_unreachable")).toBe(unreachable);
    expect(both[1].metric("node_probes")).toBe(0);
  });

  test("is told again by all within two seconds", async () => {
    const both = await dead();
    await workers.pass(1000, both);
    workers.node.isUp = true;
    await workers.pass(2000, both);
    expect([await both[0].get(), await both[1].get()]).toEqual([200, 200]);
  });

  test("is probed by another within three seconds when the worker that did is gone", async () => {
    const [first, second] = await dead();
    await workers.pass(1000, [second]);
    await first.die();
    expect(refusals(await workers.pass(3000, [second]))).toBe(true);
    expect(probes(second)).toBeGreaterThan(0);
    workers.node.isUp = true;
    await workers.pass(2000);
    expect(await second.get()).toBe(200);
    expect(second.logged(" is back")).toBe(1);
  });

  test("is found again by a worker that comes after all others are gone", async () => {
    for (const worker of await dead()) await worker.die();
    workers.node.isUp = true;
    const third = await workers.start();
    expect(await third.get()).toBe(403);
    await workers.pass(3500);
    expect(await third.get()).toBe(200);
  });

  test("is found again by a worker that slept while the other went", async () => {
    const [first, second] = await dead();
    expect(await second.get()).toBe(403);
    await workers.pass(10_000);
    await first.die();
    workers.node.isUp = true;
    await workers.pass(60_000);
    await workers.pass(3500, [second]);
    expect(await second.get()).toBe(200);
  });
});

describe("a node in question", () => {
  test("is asked by another when the worker that did goes before it has an answer", async () => {
    const [first, second] = [await workers.start(), await workers.start()];
    workers.node.isUp = false;
    for (let i = 0; i < 3; i++) await first.get();
    await workers.pass(100);
    expect(probes(first)).toBe(1);
    await first.die();
    await workers.pass(4500, [second]);
    expect(second.logged("is taken as dead")).toBe(1);
    // By two probes of its own: those of another are not counted on.
    expect(probes(second)).toBeGreaterThanOrEqual(2);
  });

  test("that answers is let go of: whoever asks next begins at once", async () => {
    const [first, second] = [await workers.start(), await workers.start()];
    workers.node.isUp = false;
    for (let i = 0; i < 3; i++) await first.get();
    workers.node.isUp = true;
    await workers.pass(1000);
    expect(workers.node.probes).toBe(1);
    workers.node.isUp = false;
    for (let i = 0; i < 3; i++) await second.get();
    await workers.pass(300);
    expect(probes(second)).toBe(1);
  });
});

describe("a policy with other settings that asks the same node", () => {
  test("skips it when another has found it dead, though it would not have asked", async () => {
    const first = await workers.start();
    const other = await workers.start({ api: "2", config: { breaker_failures: 1000 } });
    workers.node.isUp = false;
    await workers.pass(2000, [first]);
    await workers.pass(LOOK_UP_MS, [other]);
    const skipped = other.metric("no_verdict.node_dead");
    expect(refusals(await workers.pass(2000, [first, other]))).toBe(true);
    expect(other.metric("no_verdict.node_dead")).toBe(skipped + 20);
    expect(other.metric("node_probes")).toBe(0);
    workers.node.isUp = true;
    await workers.pass(2000);
    expect(await other.get()).toBe(200);
  });

  test("asks on where breaker_failures is 0, and revives it for nobody", async () => {
    const first = await workers.start();
    const other = await workers.start({ api: "2", config: { breaker_failures: 0 } });
    workers.node.isUp = false;
    await workers.pass(2000, [first]);
    await workers.pass(1000, [other]);
    expect(other.metric("no_verdict.node_unreachable")).toBe(10);
    expect(other.metric("no_verdict.node_dead")).toBe(0);
    expect(other.metric("node_probes")).toBe(0);
    expect(first.metric("nodes_up")).toBe(0);
  });
});
