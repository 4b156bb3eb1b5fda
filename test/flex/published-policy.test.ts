/** Do the local-mode documents that we publish protect an API? From an unprotected API to a blocked attack, and back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { parseDefinition } from "../../anypoint/src/definition/gcl.ts";
import { localDefinition, localImplementation } from "../../anypoint/src/definition/local-mode.ts";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { FlexFixture } from "./support/flex-fixture.ts";
import { ALL_APIS, api, binding } from "./support/resources.ts";

const GCL = join(import.meta.dirname, "../../definition/gcl.yaml");
const NAME = { name: "wallarm-custom-policy", namespace: "default" };
const ATTACK = "/?file=../../../../etc/passwd";
let documents = "";
beforeAll(() => {
  const definition = localDefinition(parseDefinition(readFileSync(GCL, "utf8")), NAME);
  documents = `${definition}---\n${localImplementation(NAME, readFileSync(POLICY_WASM))}`;
});

test("an automated policy blocks attacks on every API, in its own words, until it is removed", async () => {
  const node = await createMockNode({ route_config: { wallarm_mode: "block" } });
  onTestFinished(() => node.close());
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const fixture = new FlexFixture();
  const addresses = ["http://127.0.0.1:0", "http://127.0.0.2:0/base"];
  fixture.write("policy.yaml", documents);
  fixture.write(
    "apis.yaml",
    addresses.map((address, i) => api(`api-${i}`, { address, upstream })).join(""),
  );
  const [first, second] = await fixture.serving();
  const urls = [first!, `${second!}/base`];
  const attack = (): Promise<number[]> =>
    Promise.all(urls.map(async (url) => (await fetch(url + ATTACK)).status));
  expect(await attack()).toEqual([200, 200]);

  const policy = `${NAME.name}-impl`;
  const config = { wallarm_node: node.url, fallback_action: "block" };
  const all = binding("wallarm", { policy, target: ALL_APIS, config });
  await fixture.after(() => fixture.write("binding.yaml", all));
  expect(await attack()).toEqual([403, 403]);
  expect((await fetch(`${urls[1]!}/orders`)).status).toBe(200);
  const apis = node.journal.messages({ type: "request" }).map((each) => each.api?.id);
  expect(new Set(apis)).toEqual(new Set(["api-0.default.svc", "api-1.default.svc"]));

  const bad = binding("wallarm", {
    policy,
    target: ALL_APIS,
    config: { ...config, wallarm_mode: "block" },
  });
  const said = await fixture.after(() => fixture.write("binding.yaml", bad));
  expect(said).toContain('spec.config.wallarm_mode: "block" must be one of sync, async');
  expect(await attack()).toEqual([403, 403]);

  await fixture.after(() => fixture.remove("binding.yaml"));
  expect(await attack()).toEqual([200, 200]);
});

test("the resources of docs/flex-local-mode.md do what it says", async () => {
  const node = await createMockNode({ route_config: { wallarm_mode: "block" } });
  onTestFinished(() => node.close());
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const page = readFileSync(join(import.meta.dirname, "../../docs/flex-local-mode.md"), "utf8");
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text]) => {
    const places = { "127.0.0.1:8081": "127.0.0.1:0", "http://127.0.0.1:8080": upstream };
    let here = text!.replace("http://127.0.0.1:5050", node.url);
    for (const [from, to] of Object.entries(places)) here = here.replace(from, to);
    return here;
  });
  const fixture = new FlexFixture();
  fixture.write("all.yaml", `${documents}---\n${blocks.join("---\n")}`);
  const [url] = await fixture.serving();
  expect((await fetch(url!)).status).toBe(200);
  expect((await fetch(url! + ATTACK)).status).toBe(403);
  // By its own policy and by the automated one.
  expect(fixture.run.stderr).toContain(
    "default/wallarm → default/orders-wallarm-custom-policy-impl-1",
  );
});
