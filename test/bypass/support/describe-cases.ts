/** A table of cases on each engine and over both transports; and do the engines agree on each of them, to the byte? */
import { afterAll, expect, test } from "vitest";
import { describeEngines } from "../../support/engines.ts";
import type { EngineScenario } from "../../support/engines.ts";
import type { Engine } from "../../support/gateway-options.ts";
import type { Row } from "../cases/wire.ts";
import type { Rules } from "./oracle.ts";
import { play, SYNC } from "./play.ts";
import { StrictUpstream } from "./strict-upstream.ts";

export async function describeCases(
  title: string,
  rows: readonly Row[],
  options: EngineScenario & { readonly takesUpgrades?: boolean } = {},
  rules: Rules = SYNC,
): Promise<void> {
  const upstream = await StrictUpstream.start(options);
  afterAll(() => upstream.stop());
  for (const extProc of [false, true]) {
    const over = extProc ? "over gRPC" : "over HTTP";
    const scenario = { ...options, extProc, upstream: { url: upstream.url } };
    const views = new Map<Row, string>();
    describeEngines(`${title}, ${over}`, scenario, (scene) => {
      test.each(rows.map((each) => [each.name, each] as const))("%s", async (_, sent) => {
        const played = await play(scene, upstream, sent, rules);
        expect(played.findings).toEqual([]);
        expect(played.statuses).toEqual(expected(sent, scene.engine));
        if (!isComparable(sent)) return;
        // The engine that comes second is held to what the first one did.
        const view = views.get(sent);
        if (view !== undefined) expect(played.view).toBe(view);
        views.set(sent, played.view);
      });
    });
  }
}

/** Where Envoy is known to differ, or a client that leaves decides how much is told. */
const isComparable = ({ simulator, leavesAfter }: Row): boolean =>
  simulator === undefined && leavesAfter === undefined;

const expected = ({ statuses, simulator }: Row, engine: Engine): readonly number[] =>
  engine.name === "host-sim" ? (simulator ?? statuses) : statuses;
