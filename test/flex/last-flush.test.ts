/** Do messages get lost that a policy gathers? Not when its configuration changes, not when its API goes, not at the end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { HostSim } from "../gateway/support/serve-process.ts";
import { testFolder } from "../gateway/support/test-folder.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { FlexFixture } from "./support/flex-fixture.ts";
import { api, extension } from "./support/resources.ts";

const REQUESTS = 20;

async function startNode(): Promise<MockNode> {
  const node = await createMockNode({});
  onTestFinished(() => node.close());
  return node;
}

async function fire(url: string): Promise<void> {
  for (let i = 0; i < REQUESTS; i++) await (await fetch(`${url}/${i}`)).text();
}

const seen = (node: MockNode): number => node.journal.messages({ type: "request" }).length;

const asynchronous = (node: MockNode): object => ({
  wallarm_node: node.url,
  wallarm_mode: "async",
  parse_responses: false,
});

async function flex(node: MockNode): Promise<{ fixture: FlexFixture; url: string }> {
  const fixture = new FlexFixture();
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const policies = [{ name: "wallarm-impl", config: asynchronous(node) }];
  fixture.write("policy.yaml", extension("wallarm", `file://${POLICY_WASM}`));
  fixture.write("api.yaml", api("a", { address: "http://127.0.0.1:0", upstream, policies }));
  const [url] = await fixture.serving();
  return { fixture, url: url! };
}

test("as the API is removed", async () => {
  const node = await startNode();
  const { fixture, url } = await flex(node);
  await fire(url);
  await fixture.after(() => fixture.remove("api.yaml"));
  await expect.poll(() => seen(node)).toBe(REQUESTS);
});

test("as host-sim flex ends", async () => {
  const node = await startNode();
  const { fixture, url } = await flex(node);
  await fire(url);
  fixture.run.process.kill("SIGTERM");
  expect(await fixture.run.ended()).toBe(0);
  expect(seen(node)).toBe(REQUESTS);
});

test("as host-sim serve ends", async () => {
  const node = await startNode();
  const config = join(testFolder(), "config.json");
  writeFileSync(config, JSON.stringify(asynchronous(node)));
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const plugin = ["--wasm", POLICY_WASM, "--plugin-name", "p.default.a", "--plugin-config", config];
  const run = new HostSim(["serve", ...plugin, "--listen", "127.0.0.1:0", "--upstream", upstream]);
  await fire(await run.address("listening on"));
  run.process.kill("SIGTERM");
  expect(await run.ended()).toBe(0);
  expect(seen(node)).toBe(REQUESTS);
});

/** A policy that needs a tick and an answer before it is done, and the service that it says farewell to. */
async function farewell(): Promise<{ fixture: FlexFixture; said: string[]; config: object }> {
  const said: string[] = [];
  const service = await startUpstream((request, response) => {
    said.push(request.url ?? "");
    response.end();
  });
  const fixture = new FlexFixture();
  const module = `file://${await compileToFile("flex/fixtures/farewell", "bare")}`;
  fixture.write("policy.yaml", extension("farewell", module));
  return { fixture, said, config: { service } };
}

test.each([
  ["as the policy is removed", (fixture: FlexFixture): void => fixture.write("api.yaml", bare())],
  ["as its API is removed", (fixture: FlexFixture): void => fixture.remove("api.yaml")],
  ["at the end", (fixture: FlexFixture): void => void fixture.run.process.kill("SIGTERM")],
])("a policy has time to finish what it does %s", async (_when, end) => {
  const { fixture, said, config } = await farewell();
  const policies = [{ name: "farewell-impl", config }];
  fixture.write("api.yaml", api("a", { address: "http://127.0.0.1:0", policies }));
  await fixture.serving();
  end(fixture);
  await expect.poll(() => said, { timeout: 5_000 }).toEqual(["/farewell"]);
});

function bare(): string {
  return api("a", { address: "http://127.0.0.1:0" });
}
