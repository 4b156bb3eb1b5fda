/** What gets through while a node is started again and again under load? With `fallback_action: block` nothing that it has not judged. */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { pattern } from "../support/pattern.ts";
import type { Scene } from "../support/scene.ts";
import { judgeBy, startNode, stopNode } from "./support/either-node.ts";
import { nothingLeft } from "./support/leftovers.ts";
import { inParallel } from "./support/play.ts";

const REQUESTS = 240;
const AT_ONCE = 12;
/** The node goes, or comes back, each time that so many more requests are answered. */
const EVERY = 40;

/** Every seventh is an attack, every third has a body, some of two parts. */
function load(scene: Scene, done: (path: string, status: number) => Promise<void>) {
  return Array.from({ length: REQUESTS }, (_, i) => async () => {
    const path = scene.path(i % 7 === 0 ? "attack" : "fine");
    const body = i % 3 === 0 ? pattern(i % 30 === 0 ? 1_500_000 : 5000) : undefined;
    const answer = await request(scene.gateway, {
      path,
      ...(body !== undefined && { method: "POST", body }),
    });
    await done(path, answer.status);
  });
}

for (const extProc of [false, true]) {
  for (const fallback of ["block", "pass"] as const) {
    const config = {
      fallback_action: fallback,
      unjudged_action: fallback,
      node_timeout_ms: 4000,
    };
    const title = `a node that flaps, over ${extProc ? "ext_proc" : "HTTP"}, fallback_action ${fallback}`;
    describeEngines(title, { extProc, config }, (scene) => {
      test("changes no verdict, hangs no request, and is asked again when it is back", async () => {
        const asked = new Set<string>();
        judgeBy(scene, asked, (path) => !path.includes("attack"));
        const statuses = new Map<string, number>();
        let isUp = true;
        const tasks = load(scene, async (path, status) => {
          statuses.set(path, status);
          if (statuses.size % EVERY !== 0) return;
          isUp = !isUp;
          await (isUp ? startNode(scene) : stopNode(scene));
        });
        await inParallel(tasks, AT_ONCE);
        if (!isUp) await startNode(scene);

        expect(statuses.size).toBe(REQUESTS);
        const others = [...statuses.values()].filter((status) => status !== 200 && status !== 403);
        expect(others).toEqual([]);
        const came = scene.upstream.requests.map((each) => each.path);
        const unjudged = came.filter((path) => !asked.has(path));
        const attacks = came.filter((path) => path.includes("attack"));
        if (fallback === "block") expect([...unjudged, ...attacks]).toEqual([]);
        else expect(refusedAnyway(statuses)).toEqual([]);
        expect(await scene.gateway.metric("no_verdict.")).toBeGreaterThan(0);

        await eventually("an attack is blocked again", async () => {
          const path = scene.path("attack");
          const answer = await request(scene.gateway, { path });
          return answer.status === 403 && asked.has(path);
        });
        await nothingLeft(scene.gateway);
      }, 60_000);
    });
  }
}

/** Paths that nobody had a reason to refuse. */
const refusedAnyway = (statuses: ReadonlyMap<string, number>): string[] =>
  [...statuses].flatMap(([path, status]) =>
    status === 403 && !path.includes("attack") ? [path] : [],
  );
