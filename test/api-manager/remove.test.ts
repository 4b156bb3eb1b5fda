/** Does `make remove` say what it took away and what is left, and does `make status` tell the same story? */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { errorLines } from "../publish/support/workshop.ts";
import { RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
let orders: string;
let stock: string;

beforeAll(async () => {
  scene = await Scene.open();
  await scene.publish("0.1.0");
  orders = String(await scene.client.manage("orders", 8501));
  stock = String(await scene.client.manage("stock", 8502));
}, 90_000);
afterAll(() => scene.close());

interface Status {
  readonly uses: readonly { by: string; state: string; apis: readonly { id: string }[] }[];
  readonly twice: readonly { api: { id: string } }[];
  readonly resting: readonly { api: { id: string } }[];
  readonly publications: readonly { versions: readonly string[] }[];
}
const status = async (): Promise<Status> => {
  const { stdout } = await scene.run("status", { JSON: "1" });
  return JSON.parse(stdout) as Status;
};

it("goes from one use to none, each step telling what is left", { timeout: 120_000 }, async () => {
  const nobody = await scene.run("remove", { API: orders });
  expect(nobody.status).toBe(6);
  expect(errorLines(nobody)).toEqual([
    `error: API ${orders} does not have the policy on its own (404): nothing was removed; \`make status\` shows who uses it`,
  ]);

  const { id: own } = await scene.apply(Number(orders), "0.1.0");
  const automated = await scene.run("automate", { CONFIG: "policy.yaml" });
  expect(`${automated.status} ${automated.stderr}`).toMatch(/^0 /);
  expect(automated.stdout).toContain(`APIs covered: ${orders} (orders), ${stock} (stock).`);
  expect(automated.stdout).toContain(`API ${orders} has it on its own too (policy ${own})`);
  const both = await status();
  expect(both.uses.map(({ by, apis }) => [by, apis.map(({ id }) => id)])).toEqual([
    ["api", [orders]],
    ["automated", [orders, stock]],
  ]);
  expect(both.twice).toEqual([]);
  expect(both.resting.map(({ api }) => api.id)).toEqual([orders]);

  const one = await scene.run("remove", { API: orders });
  expect(`${one.status} ${one.stderr}`).toMatch(/^0 /);
  expect(one.stdout).toContain(`Removed: ${RELEASE} 0.1.0 (policy ${own}) of API ${orders}`);
  expect(one.stdout).toContain(`API ${orders} still gets the policy from the automated policy`);
  expect((await status()).resting).toEqual([]);

  const all = await scene.run("remove", { ALL: "1" });
  expect(all.status).toBe(0);
  const command = /make automate .*CONFIG=(\S+)/.exec(all.stdout)!;
  expect(await scene.automated()).toEqual([]);
  expect((await status()).uses).toEqual([]);
  const again = await scene.run("remove", { ALL: "1" });
  expect(again.status).toBe(6);
  expect(errorLines(again)[0]).toContain("nothing was removed");

  // What was removed comes back from what was kept, which only this user can read.
  const kept = join(scene.root, command[1]!);
  expect(existsSync(kept) && (statSync(kept).mode & 0o777).toString(8)).toBe("600");
  const back = await scene.run("automate", { CONFIG: command[1]!, ENV: "Sandbox" });
  expect(back.status).toBe(0);
  expect((await scene.automated()).map(({ assetVersion }) => assetVersion)).toEqual(["0.1.0"]);
});

it(
  "says which environment could be meant, where more than one is",
  { timeout: 60_000 },
  async () => {
    await scene.client.manage("billing", 8503, "e0000000-0002-4000-8000-000000000002");
    const ended = await scene.run("automate", { CONFIG: "policy.yaml" });
    expect(ended.status).toBe(2);
    expect(errorLines(ended)).toEqual([
      "error: ENV: is missing, and more than one environment is possible; allowed: Sandbox, Production",
    ]);
  },
);
