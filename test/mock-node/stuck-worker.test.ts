/** Is a worker that is stuck in one step ended and replaced, and its message an attack? */
import { expect, it } from "vitest";
import { threadsOf } from "../../host-sim/src/mock-node/inspection/threads.ts";
import { Lane, type Job } from "../../host-sim/src/mock-node/inspection/lane.ts";

/** Reading it as UTF-8 alone takes longer than limit and grace, and no clock is looked at meanwhile. */
const STUCK = Buffer.alloc(64 * 1024 * 1024, Buffer.from("c3a9", "hex"));
const job = (body: Uint8Array, limit: number): Job => ({
  request: { method: "POST", path: "/", headers: [], body, complete: true },
  client: "",
  base64Points: [],
  limit,
  signal: undefined,
});

it("a worker that does not come back is replaced", { timeout: 60_000 }, async () => {
  const pool = await threadsOf("slow");
  const before = new Set<unknown>(pool.threads);
  const lane = new Lane("slow", 10);
  const stuck = lane.run(job(STUCK, 100));
  const behind = lane.run(job(Buffer.from("<script>alert(1)</script>"), 60_000));
  expect((await stuck).map(({ type }) => type)).toEqual(["overlimit_res"]);
  expect((await behind).map(({ type }) => type)).toContain("xss");
  expect(pool.threads).toHaveLength(before.size);
  expect(pool.threads.filter((thread) => !before.has(thread))).toHaveLength(1);
});
