/** Are the client's own bytes judged where the contract has a form for a value? */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { bin, call, requestMessage } from "./connector-client.ts";

let node: MockNode;
beforeAll(async () => {
  node = await createMockNode({ route_config: { wallarm_mode: "block" } });
});
afterAll(() => node.close());

it.each(["raw_method", "raw_scheme"])("an attack in %s is blocked", async (field) => {
  const { value } = await call(node.url, requestMessage({ [field]: bin("../../../etc/passwd") }));
  expect(value).toMatchObject([{ action: "block" }]);
  const { value: other } = await call(node.url, requestMessage({ [field]: bin("GE T") }));
  expect(other).toMatchObject([{ action: "pass" }]);
});
