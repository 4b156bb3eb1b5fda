/** Is nothing changed that was not asked for? Whatever is forgotten, misspelt, empty, or only there in the environment. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PRODUCTION } from "../../host-sim/src/anypoint/index.ts";
import { errorLines, type Ended } from "../publish/support/workshop.ts";
import { RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
let orders: string;
let billing: string;
const CONFIG = "policy.yaml";

beforeAll(async () => {
  scene = await Scene.open("0.1.0", "0.2.0");
  orders = String(await scene.client.manage("orders", 8601));
  billing = String(await scene.client.manage("billing", 8602, PRODUCTION));
  await scene.apply(Number(orders), "0.1.0");
  await scene.apply(Number(billing), "0.1.0", {}, PRODUCTION);
}, 90_000);
afterAll(() => scene.close());

const state = async (): Promise<unknown> => [
  await scene.policies(Number(orders)),
  await scene.policies(Number(billing), PRODUCTION),
  await scene.automated(),
];
let before: unknown;
beforeEach(async () => {
  before = await state();
});

/** `given` stands on make's command line, `there` is in the environment for whatever reason. */
const run = (
  command: string,
  given: Record<string, string> = {},
  there: Record<string, string> = {},
): Promise<Ended> =>
  scene.run(command, { ...there, ...given, MAKE_GIVEN: Object.keys(given).join(" ") });

type Names = Record<string, string>;
const wrong: [string, string, Names, Names, RegExp][] = [
  ["remove without a word", "remove", {}, {}, /API: is missing; .*`make remove ALL=1`/],
  ["API and ALL", "remove", { API: "19000001", ALL: "1" }, {}, /API and ALL: which one\?/],
  ["ALL=0", "remove", { ALL: "0" }, {}, /API: is missing/],
  ["ALL=Sandbox", "remove", { ALL: "Sandbox" }, {}, /ALL: "Sandbox" is not allowed; allowed: 1, 0/],
  ["an ALL that was there before", "remove", {}, { ALL: "1" }, /API: is missing/],
  ["an API_ID that was there before", "remove", { ALL: "1" }, { API_ID: "1" }, /API_ID: .*API=1/],
  ["an empty API", "remove", { API: "" }, {}, /API: is empty/],
  ["an empty API for upgrade", "upgrade", { API: "" }, {}, /API: is empty/],
  ["an API that is there and empty", "upgrade", {}, { API: "" }, /API: is empty/],
  ["an API_ID for upgrade", "upgrade", {}, { API_ID: "1" }, /API_ID: .*API=1 on the command line/],
  ["an empty ENV", "remove", { ALL: "1", ENV: "" }, {}, /ENV: is empty/],
  [
    "an ENV of another kind",
    "remove",
    { ALL: "1" },
    { ENV: "dev" },
    /ENV: "dev" .*in the environment/,
  ],
  ["an ENV that was there", "automate", { CONFIG }, { ENV: "Production" }, /ENV: Production is in/],
  [
    "no ENV where there are two",
    "automate",
    { CONFIG },
    {},
    /ENV: is missing.*Sandbox, Production/,
  ],
  [
    "an API for automate",
    "automate",
    { CONFIG, API: "1" },
    {},
    /API: `make automate` does not take/,
  ],
  [
    "a CONFIG for remove",
    "remove",
    { CONFIG, ALL: "1" },
    {},
    /CONFIG: `make remove` does not take/,
  ],
  ["an empty DRY_RUN", "upgrade", { DRY_RUN: "" }, {}, /DRY_RUN: is empty/],
  ["DRY_RUN=maybe", "upgrade", { DRY_RUN: "maybe" }, {}, /DRY_RUN: "maybe" is not allowed/],
  ["a DRYRUN that was there", "upgrade", {}, { DRYRUN: "1" }, /DRYRUN: .*DRY_RUN=1 on the command/],
  ["no version", "upgrade", { VERSION: "latest" }, {}, /VERSION: "latest" is not allowed; allowed/],
  ["a path for VERSION", "apply", { VERSION: "../../x", API: "1" }, {}, /VERSION: .* is not/],
  ["an empty DRYRUN that was there", "upgrade", {}, { DRYRUN: "" }, /DRYRUN: .*DRY_RUN=<value>/],
  [
    "an ANYPOINT_ENVIRONMENT that was there",
    "remove",
    { ALL: "1" },
    { ANYPOINT_ENVIRONMENT: "Sandbox" },
    /ANYPOINT_ENVIRONMENT: .*ENV=Sandbox on the command line/,
  ],
  [
    "an ENVIRONMENT that names one of ours",
    "remove",
    { ALL: "1" },
    { ENVIRONMENT: "Sandbox" },
    /ENVIRONMENT: Sandbox is in the environment.*ENV="Sandbox" on the command line/,
  ],
  ["no number for API", "remove", { API: "orders" }, {}, /API: "orders" is not allowed/],
  ["no number of seconds", "remove", { ALL: "1", TIMEOUT: "soon" }, {}, /TIMEOUT: "soon" is not/],
];

describe("held wrong", { timeout: 60_000 }, () => {
  it.each(wrong)("%s: one line, and nothing is changed", async (_, command, given, there, line) => {
    const ended = await run(command, given, there);
    expect(errorLines(ended)).toEqual([expect.stringMatching(line)]);
    expect(ended.status).toBe(2);
    expect(await state()).toEqual(before);
  });
});

describe("DRY_RUN=1", { timeout: 60_000 }, () => {
  const dry: [string, Names, (() => string)[]][] = [
    ["remove", { ALL: "1" }, [() => `API ${orders} (orders) in Sandbox`, () => `${billing} (bill`]],
    ["upgrade", {}, [() => `API ${orders} (orders) in Sandbox from ${RELEASE} 0.1.0 to`]],
    ["automate", { CONFIG, ENV: "Production" }, [() => `now: ${billing} (billing)`]],
  ];
  it.each(dry)(
    "lets %s %j show what it would do, and do nothing",
    async (command, given, lines) => {
      for (const DRY_RUN of ["1", "true"]) {
        const ended = await run(command, { ...given, DRY_RUN });
        expect([ended.status, errorLines(ended)]).toEqual([0, []]);
        expect(ended.stdout).toMatch(
          /^Would (remove|upgrade|apply) \(DRY_RUN=1: nothing was changed\):/,
        );
        for (const line of lines) expect(ended.stdout).toContain(line());
      }
      expect(await state()).toEqual(before);
    },
  );

  it("holds for apply and for one API too, from the environment as well", async () => {
    const API = String(await scene.client.manage("stock", 8603));
    const applied = await run("apply", { API, CONFIG, DRY_RUN: "1" });
    expect(applied.stdout).toContain(`${RELEASE} 0.2.0 to API ${API} (stock) in Sandbox, with:`);
    expect(applied.stdout).toContain('wallarm_node: "http://node.example:5050"');
    expect(await scene.policies(Number(API))).toEqual([]);
    const removed = await run("remove", { API: orders }, { DRY_RUN: "1" });
    expect(removed.stdout).toContain("Would remove (DRY_RUN=1: nothing was changed):");
    expect(await state()).toEqual(before);
  });
});

describe("what is in the environment", { timeout: 60_000 }, () => {
  it("narrows at most: an ENV or an API", async () => {
    const environment = await run("remove", { ALL: "1", DRY_RUN: "1" }, { ENV: "Production" });
    expect(environment.stdout).toContain(`API ${billing}`);
    expect(environment.stdout).not.toContain(`API ${orders}`);
    const api = await run("upgrade", { DRY_RUN: "1" }, { API: orders });
    expect(api.stdout).not.toContain(`API ${billing}`);
  });

  it("does not choose a version or a configuration, and a line says so", async () => {
    const there = { VERSION: "0.1.0", CONFIG: "other.yaml" };
    const ended = await run("upgrade", { API: orders, DRY_RUN: "1" }, there);
    expect(ended.stdout).toContain(`to ${RELEASE} 0.2.0`);
    for (const name of Object.keys(there)) {
      expect(ended.stderr).toContain(`Note: ${name}=${there[name as keyof typeof there]} is in`);
    }
  });

  it("may be other people's: API_KEY, ENVIRONMENT, an ENV that is no environment here", async () => {
    const there = { API_KEY: "x", ENVIRONMENT: "x", ENV: "/etc/shinit" };
    const ended = await run("remove", { API: orders, DRY_RUN: "1" }, there);
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain("Note: ENV=/etc/shinit is in the environment");
    expect((await run("status", {}, { ENVIRONMENT: "Sandbox" })).status).toBe(0);
  });
});

it(
  "shows what it is about to remove before the first is removed",
  { timeout: 60_000 },
  async () => {
    const ended = await run("remove", { ALL: "1" }, { ENV: "Sandbox" });
    expect(ended.status).toBe(0);
    const [list, first, done] = ["Going to remove:", `  ${RELEASE} 0.1.0 (policy`, "Removed: "].map(
      (text) => ended.stdout.indexOf(text),
    );
    expect([list === 0, first! > list!, done! > first!]).toEqual([true, true, true]);
    expect(await scene.policies(Number(billing), PRODUCTION)).toHaveLength(1);
    expect(await scene.policies(Number(orders))).toEqual([]);
  },
);
