/** Does HTTP/2 bring something to the API that the node was not asked about, where it is turned into HTTP/1.1? */
import { afterAll, expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import type { Scene } from "../support/scene.ts";
import { REFUSED, TAKEN } from "./cases/http2.ts";
import type { Http2Row } from "./cases/http2.ts";
import { sendFrames } from "./support/http2-frames.ts";
import type { Ending } from "./support/http2-frames.ts";
import { findings } from "./support/oracle.ts";
import { StrictUpstream } from "./support/strict-upstream.ts";
import { Ears } from "./support/told.ts";

const upstream = await StrictUpstream.start({ takesUpgrades: false });
afterAll(() => upstream.stop());

interface Played {
  readonly endings: readonly Ending[];
  readonly findings: readonly string[];
  readonly told: number;
}

/** All at once: for those that are refused the gateway takes a second. */
async function play(scene: Scene, rows: readonly Http2Row[]): Promise<Played> {
  upstream.reset();
  const ears = new Ears();
  ears.listen(scene);
  const endings = await Promise.all(
    rows.map((sent) => sendFrames(scene.gateway, sent, leavingTime(scene, sent))),
  );
  await eventually("it is over", async () => (await scene.gateway.activeRequests()) === 0);
  const faults = [...ears.faults, ...upstream.faults];
  const record = { told: ears.requests, reached: upstream.requests, raw: upstream.raw, faults };
  const mayTruncate = rows.some((each) => each.neverEnds);
  const found = findings(record, { holds: true, mayTruncate });
  return { endings, findings: found, told: ears.requests.length };
}

/** A client whose offer is not answered leaves once the API has it, and the gateway has had its turn with what followed. */
async function leavingTime(scene: Scene, sent: Http2Row): Promise<void> {
  if (sent.ending !== "left") return new Promise(() => {});
  await eventually("the API is offered it", () => upstream.requests.length > 0);
  for (let i = 0; i < 5; i++) await request(scene.gateway, { path: `/turn/${i}` });
}

for (const extProc of [false, true]) {
  const title = `HTTP/2, over ${extProc ? "gRPC" : "HTTP"}`;
  const options = { extProc, upstream: { url: upstream.url }, needs: ["http2"] as const };
  describeEngines(title, options, (scene) => {
    test.each(TAKEN.map((each) => [each.name, each] as const))("%s", async (_, sent) => {
      const played = await play(scene, [sent]);
      expect(played.findings).toEqual([]);
      expect(played.endings).toEqual([sent.ending]);
    });

    if (extProc) return; // no filter sees these
    test("what Envoy refuses reaches neither node nor API", async () => {
      const played = await play(scene, REFUSED);
      expect(played).toEqual({ endings: REFUSED.map(() => "gone"), findings: [], told: 0 });
      expect(upstream.requests).toEqual([]);
    });
  });
}
