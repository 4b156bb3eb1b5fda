/** Does the mock node make sense of what async mode tells it over several connections at once? */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { HostSim } from "../gateway/support/serve-process.ts";
import { testFolder } from "../gateway/support/test-folder.ts";
import { POLICY_WASM } from "../support/scene.ts";

const UPLOADS = 6;
const LIMIT = 200_000;
const ATTACK = " q=1 UNION SELECT password FROM users-- ";

test("uploads of many parts at once are joined, and an attack across two parts is found", async () => {
  const node = await createMockNode({});
  onTestFinished(() => node.close());
  const upstream = await startUpstream((request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  const config = join(testFolder(), "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      wallarm_node: node.url,
      wallarm_mode: "async",
      request_body_limit: LIMIT,
      node_timeout_ms: 20_000,
    }),
  );
  const plugin = ["--wasm", POLICY_WASM, "--plugin-name", "p.default.a", "--plugin-config", config];
  const run = new HostSim(["serve", ...plugin, "--listen", "127.0.0.1:0", "--upstream", upstream]);
  const url = await run.address("listening on");
  const body = Buffer.alloc(5 * LIMIT, "x ");
  body.write(ATTACK, 2 * LIMIT - ATTACK.length / 2);
  const upload = async (_: unknown, i: number): Promise<number> =>
    (await fetch(`${url}/${i}`, { method: "POST", body })).status;
  const statuses = await Promise.all(Array.from({ length: UPLOADS }, upload));
  expect(new Set(statuses)).toEqual(new Set([200]));
  const told = (type: string): number => node.journal.messages({ type, limit: 1000 }).length;
  await expect.poll(() => told("response"), { timeout: 20_000 }).toBe(UPLOADS);
  await expect.poll(() => told("part"), { timeout: 20_000 }).toBeGreaterThanOrEqual(4 * UPLOADS);
  const errors = node.journal.messages({ action: "error" }).map(({ why }) => why);
  expect(errors).toEqual([]);
  const found = node.journal.attacks({ type: "sqli" }).map(({ id }) => id);
  expect(new Set(found).size).toBe(UPLOADS);
  run.process.kill("SIGTERM");
  expect(await run.ended()).toBe(0);
});
