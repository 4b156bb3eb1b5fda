/** Does `host-sim serve` ask the Flex agent again when its configuration is read again? Another node is another cluster. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { waitFor } from "../gateway/support/raw-client.ts";
import { HostSim } from "../gateway/support/serve-process.ts";
import { testFolder } from "../gateway/support/test-folder.ts";
import { POLICY_WASM } from "../support/scene.ts";

async function startNode(): Promise<MockNode> {
  const node = await createMockNode({});
  onTestFinished(() => node.close());
  return node;
}

test("SIGHUP makes the clusters that the new configuration needs", async () => {
  const nodes = [await startNode(), await startNode()];
  const config = join(testFolder(), "config.json");
  const configure = ({ url }: MockNode): void =>
    writeFileSync(config, JSON.stringify({ wallarm_node: url, fallback_action: "block" }));
  configure(nodes[0]!);
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const plugin = ["--wasm", POLICY_WASM, "--plugin-name", "p.default.a", "--plugin-config", config];
  const run = new HostSim(["serve", ...plugin, "--listen", "127.0.0.1:0", "--upstream", upstream]);
  const url = await run.address("listening on");
  expect((await fetch(url)).status).toBe(200);
  configure(nodes[1]!);
  run.process.kill("SIGHUP");
  await waitFor(
    () => run.stderr.includes("was replaced"),
    () => run.stderr,
  );
  expect((await fetch(url)).status).toBe(200);
  expect(nodes[1]!.journal.messages({ type: "request" })).toHaveLength(1);
  writeFileSync(config, JSON.stringify({ wallarm_node: "nothing" }));
  run.process.kill("SIGHUP");
  await waitFor(
    () => run.stderr.includes("was not replaced"),
    () => run.stderr,
  );
  expect((await fetch(url)).status).toBe(200);
});
