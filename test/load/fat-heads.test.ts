/** Is memory bounded where thousands of slow clients have sent large heads, which cost them next to nothing? */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { Crowd } from "./support/crowd.ts";

const MANY = 20_000;
const AT_ONCE = 1_000;
/** Bytes: HPACK sends it once for a connection, then one byte for each of the 14 that a request has. */
const VALUE = "v".repeat(3_900);
const head = {
  ":method": "POST",
  ":scheme": "http",
  ":authority": "a",
  ":path": "/fat",
  "x-fat": Array.from({ length: 14 }, () => VALUE),
};
/** Of the gateway: all that may be held, twice over, beside what it takes for itself and for its streams. */
const MOST_BYTES = 500 * 1024 * 1024;

// The node has time for all that it is asked: it works in this process, which makes the crowd too.
const config = { node_timeout_ms: 60_000 };

describeTransports("heads of 54 KB that drip", { config, needs: ["http2"] }, (scene) => {
  test(
    "fill no more memory than may be held, and others are served",
    { timeout: 180_000 },
    async () => {
      const crowd = new Crowd(scene.gateway);
      const statuses = new Set<number>();
      for (let opened = 0; opened < MANY; opened += AT_ONCE) {
        crowd.open(AT_ONCE, head, false);
        await sleep(100);
        crowd.drip();
        statuses.add((await request(scene.gateway, { path: scene.path() })).status);
        expect(scene.gateway.residentBytes()).toBeLessThan(MOST_BYTES);
      }
      // Full memory answers 503 until those that are slow have been sent away.
      expect([...statuses].filter((each) => each !== 200 && each !== 503)).toEqual([]);
      const expected: unknown[] = [408, 503, "ended"];
      expect([...crowd.answers.keys()].filter((each) => !expected.includes(each))).toEqual([]);
      crowd.leave();
      await eventually("the next request is served", async () => {
        return (await request(scene.gateway, { path: scene.path() })).status === 200;
      });
    },
  );
});
