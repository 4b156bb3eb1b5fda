/** What is left of clients that go away, and of answers that come after them? Nothing: no stream, no call, no byte, at the API no request. */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { pattern } from "../support/pattern.ts";
import { judgeBy } from "./support/either-node.ts";
import { nothingLeft } from "./support/leftovers.ts";

const CLIENTS = 12;
const BODY = pattern(3_000_000);

interface Phase {
  readonly what: string;
  /** Bytes of the body that are sent before the client goes; all by default, none for a GET. */
  readonly sent?: number;
  readonly method?: "GET";
  readonly leave: (connection: Connection) => void;
  /** The gateway has stopped reading, and learns of it only when it goes on. */
  readonly isNoticedLate?: true;
}

const abort = (connection: Connection): void => connection.abort();
const close = (connection: Connection): unknown => connection.socket.destroy();

const PHASES: readonly Phase[] = [
  { what: "a GET, with a reset", method: "GET", leave: abort },
  { what: "a GET, with a close", method: "GET", leave: close },
  { what: "a POST after its head", sent: 0, leave: abort },
  { what: "a POST in its first part", sent: 1000, leave: abort },
  { what: "a POST in its second part", sent: 1_500_000, leave: abort, isNoticedLate: true },
  { what: "a POST of all its bytes", leave: close, isNoticedLate: true },
];

for (const extProc of [false, true]) {
  const config = { fallback_action: "block", node_timeout_ms: 8000 };
  const over = extProc ? "ext_proc" : "HTTP";
  describeEngines(`clients that go, asked about over ${over}:`, { extProc, config }, (scene) => {
    test.each(PHASES)("$what, the verdict comes after them", async (phase) => {
      const gate = new Gate();
      const asked = new Set<string>();
      judgeBy(scene, asked, async (path) => {
        await gate.opened;
        return !path.endsWith("1");
      });
      const connections = await Promise.all(
        Array.from({ length: CLIENTS }, () => Connection.open(scene.gateway)),
      );
      for (const connection of connections) {
        const path = scene.path();
        const post = { path, method: "POST", body: BODY };
        await connection.write(connection.head(phase.method === "GET" ? { path } : post));
        if (phase.method !== "GET") void connection.write(BODY.subarray(0, phase.sent));
      }
      await eventually("they are there", async () => {
        return (await scene.gateway.activeRequests()) >= CLIENTS;
      });
      for (const connection of connections) phase.leave(connection);
      if (!phase.isNoticedLate) {
        await eventually("the gateway notices", async () => {
          return (await scene.gateway.activeRequests()) === 0;
        });
      }
      gate.open();
      await nothingLeft(scene.gateway);
      // Parts that were judged while their client went may have come, but no whole request.
      expect(scene.upstream.requests.filter((each) => each.complete)).toEqual([]);
      const path = scene.path();
      judgeBy(scene, asked, () => true);
      expect((await request(scene.gateway, { path })).status).toBe(200);
    });

    test("in the middle of a response, told as far as it went", async () => {
      judgeBy(scene, new Set(), () => true);
      scene.upstream.answerWith((response) => void response.write(pattern(100_000)));
      const connection = await Connection.open(scene.gateway);
      await connection.send({ path: scene.path() });
      await eventually("a response begins", () => connection.unread > 1000);
      connection.abort();
      await nothingLeft(scene.gateway);
    });
  });
}
