/**
 * Does any sequence of bytes bring something to the API that the node was not asked about? `BYPASS_RUNS` cases (each on both
 * engines and over both transports) from `BYPASS_SEED` on.
 */
import { afterAll, expect, test } from "vitest";
import { describeEngines } from "../support/engines.ts";
import { randomCase } from "./cases/random.ts";
import { play } from "./support/play.ts";
import type { Played } from "./support/play.ts";
import { StrictUpstream } from "./support/strict-upstream.ts";

const RUNS = Number(process.env.BYPASS_RUNS ?? 100);
const FIRST = Number(process.env.BYPASS_SEED ?? 1);
const DEADLINE_MS = 10_000 + RUNS * 200;

const upstream = await StrictUpstream.start();
afterAll(() => upstream.stop());

for (const extProc of [false, true]) {
  const before = new Map<number, Played>();
  const title = `requests at random, over ${extProc ? "gRPC" : "HTTP"}`;
  describeEngines(title, { extProc, upstream: { url: upstream.url } }, (scene) => {
    test(
      `${RUNS} from seed ${FIRST} on bring nothing to the API that was not judged`,
      async () => {
        for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
          const sent = randomCase(seed);
          const played = await play(scene, upstream, sent);
          const shown = { seed, bytes: sent.bytes };
          expect({ ...shown, findings: played.findings }).toEqual({ ...shown, findings: [] });
          const other = before.get(seed);
          if (other !== undefined && isAlike(other, played)) {
            expect({ ...shown, view: played.view }).toEqual({ ...shown, view: other.view });
          }
          before.set(seed, played);
        }
      },
      DEADLINE_MS,
    );
  });
}

/** What one engine refuses and the other takes is a difference that is known; what both take must be the same. */
const isAlike = (one: Played, other: Played): boolean =>
  one.statuses.join() === other.statuses.join() && one.broken === other.broken;
