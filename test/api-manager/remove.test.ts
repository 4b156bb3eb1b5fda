/** Does `make remove` say what it took away and what is left, and does `make status` tell the same story? */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { errorLines } from "../publish/support/workshop.ts";
import { RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
let orders: string;
let stock: string;

beforeAll(async () => {
  scene = await Scene.open("0.1.0");
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

describe("what the platform does not tell", { timeout: 60_000 }, () => {
  const dry = () => scene.run("remove", { ALL: "1", ENV: "Sandbox", DRY_RUN: "1" });
  const fault = (more: object): void =>
    scene.anypoint.setFaults([{ kind: "status", method: "GET", times: 9, ...more }]);
  beforeAll(async () => {
    for (const { id } of await scene.automated()) {
      await scene.client.call("DELETE", `${scene.client.automated}/${id}`);
    }
    await scene.apply(Number(stock), "0.1.0");
  });
  beforeEach(() => scene.anypoint.setFaults([]));

  it("is not taken for the end of the APIs, where pages are short and without a total", async () => {
    fault({ kind: "short-lists", path: "/apis", most: 1 });
    const ended = await dry();
    expect([ended.status, ended.stdout]).toEqual([0, expect.stringContaining(`API ${stock} (st`)]);
  });

  it.each(["/policies", "/apis", "/automated-policies"])(
    "is not taken for none, where what comes is no list: %s",
    async (path) => {
      fault({ path, status: 200 });
      const ended = await dry();
      expect([ended.status, errorLines(ended)]).toEqual([
        6,
        [expect.stringMatching(/^error: Reading the .*the answer is not what API Manager gives/)],
      ]);
    },
  );

  it("is said where a user may not read automated policies", async () => {
    fault({ path: "/automated-policies", status: 403 });
    const runs: [string, Record<string, string>][] = [
      ["remove", { API: stock }],
      ["apply", { API: orders, CONFIG: "policy.yaml" }],
    ];
    for (const [command, variables] of runs) {
      const ended = await scene.run(command, { ...variables, DRY_RUN: "1" });
      expect(ended.status).toBe(0);
      expect(ended.stderr).toContain(`whether one reaches API ${variables.API} is not known`);
    }
  });
});

it("says what the command that brings it back leaves out", { timeout: 60_000 }, async () => {
  scene.anypoint.setFaults([]);
  const pointcutData = [{ methodRegex: "GET", uriTemplateRegex: "/orders.*" }];
  const { id } = await scene.apply(Number(orders), "0.1.0", { pointcutData });
  const path = `${scene.client.apis()}/${orders}/policies/${id}`;
  await scene.client.call("PATCH", path, { disabled: true });
  const { stdout } = await scene.run("remove", { API: orders });
  expect(stdout).toMatch(
    /leaves out that it was disabled, its place \(1\), its methods and paths: build\/kept-settings\/\S+ has it/,
  );
});
