/** Are the files of playground/ what a gateway in local mode takes? They can't be tried with a container here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseDefinition } from "../../anypoint/src/definition/gcl.ts";
import { localDefinition, localImplementation } from "../../anypoint/src/definition/local-mode.ts";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { FlexFixture } from "./support/flex-fixture.ts";

const ROOT = join(import.meta.dirname, "../..");
const NAME = { name: "wallarm-custom-policy", namespace: "default" };
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("the playground's API is protected by the policy, asking the playground's node", async () => {
  const node = await createMockNode(
    text("playground/mock-node.yaml").replaceAll(/0\.0\.0\.0:\d+/g, "127.0.0.1:0"),
  );
  onTestFinished(() => node.close());
  const upstream = await startUpstream((_request, response) => response.end("ok"));
  const fixture = new FlexFixture();
  fixture.write(
    "definition.yaml",
    localDefinition(parseDefinition(text("definition/gcl.yaml")), NAME),
  );
  fixture.write("implementation.yaml", localImplementation(NAME, readFileSync(POLICY_WASM)));
  // Other addresses than those between containers; the rest as it stands there.
  const api = text("playground/conf.d/api.yaml")
    .replace("http://0.0.0.0:8081", "http://127.0.0.1:0")
    .replace("http://api:8080", upstream)
    .replace("http://node:5050", node.url);
  fixture.write("api.yaml", api);
  const [url] = await fixture.serving();
  expect((await fetch(url!)).status).toBe(200);
  expect((await fetch(`${url!}/etc/passwd`)).status).toBe(403);
});
