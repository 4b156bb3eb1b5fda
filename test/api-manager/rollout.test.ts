/** Does the policy come to an API step by step, is each shown, and does `make diff` say what would change? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PRODUCTION } from "../../host-sim/src/anypoint/index.ts";
import { steps, signsOf, stepOf } from "../../anypoint/src/api-manager/rollout.ts";
import { ROOT } from "../docs/markdown.ts";
import { errorLines } from "../publish/support/workshop.ts";
import { RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
let API: string;
const CONFIG = "policy.yaml";

beforeAll(async () => {
  scene = await Scene.open("0.1.0", "0.2.0");
  API = String(await scene.client.manage("orders", 8801));
  scene.write(CONFIG, "wallarm_node: h2://node.example:5080\nblock_status: 451\n");
}, 90_000);
afterAll(() => scene.close());

const ours = async () => (await scene.policies(Number(API)))[0]!;
const parameters = async (): Promise<unknown[]> => {
  const { configurationData: data } = await ours();
  return [data.wallarm_mode, data.fallback_action, data.unjudged_action, data.block_status];
};
const json = async (command: string, variables: Record<string, string>): Promise<unknown> => {
  const { stdout } = await scene.run(command, { ...variables, JSON: "1" });
  return JSON.parse(stdout) as unknown;
};

describe("make apply ROLLOUT=", { timeout: 90_000 }, () => {
  it("begins with observe, and shows in a dry run and in diff what it would do", async () => {
    const diff = await scene.run("diff", { API, CONFIG, ROLLOUT: "observe" });
    expect(diff.stdout).toContain("does not have the policy; `make apply` would give it:");
    expect(diff.stdout).toContain(`+ ${RELEASE} 0.2.0\n`);
    expect(diff.stdout).toContain('+ wallarm_mode: "async"');
    expect(await scene.policies(Number(API))).toEqual([]);

    const ended = await scene.run("apply", { API, CONFIG, ROLLOUT: "observe", VERSION: "0.1.0" });
    expect(`${ended.status} ${ended.stderr}`).toMatch(/^0 /);
    for (const sign of signsOf("observe")) expect(ended.stdout).toContain(`  ${sign}`);
    expect(ended.stdout).toMatch(/^ {2}environment +by +policy +asset +version +step$/m);
    expect(ended.stdout).toMatch(/^ {2}Sandbox +API \d+ \(orders\) +\d+ +\S+ +0\.1\.0 +observe$/m);
    expect(await parameters()).toEqual(["async", "pass", "pass", 451]);
  });

  it("goes on in place without a file, and changes three parameters only", async () => {
    const before = await ours();
    const dry = await scene.run("apply", { API, ROLLOUT: "pass", DRY_RUN: "1" });
    expect(dry.stdout).toContain('- wallarm_mode: "async"\n  + wallarm_mode: "sync"');
    expect(await ours()).toEqual(before);
    for (const [step, expected] of [
      ["pass", ["sync", "pass", "pass", 451]],
      ["block", ["sync", "block", "block", 451]],
      ["pass", ["sync", "pass", "pass", 451]],
    ] as const) {
      const outcome = await json("apply", { API, ROLLOUT: step });
      expect(outcome).toMatchObject({
        api: API,
        policyId: String(before.id),
        isNew: false,
        rollout: step,
      });
      expect(await parameters()).toEqual(expected);
    }
    expect(await ours()).toMatchObject({ id: before.id, assetVersion: "0.1.0" });
  });

  it("does nothing at the step that is there already", async () => {
    const before = await ours();
    const dry = await scene.run("apply", { API, ROLLOUT: "pass", DRY_RUN: "1" });
    expect(dry.stdout).toContain("which is at step pass already");
    const ended = await scene.run("apply", { API, ROLLOUT: "pass" });
    expect([ended.status, ended.stdout]).toEqual([0, expect.stringMatching(/^Unchanged: API/)]);
    expect(await ours()).toEqual(before);
  });

  it("changes no version: diff shows none, and one that is named is refused", async () => {
    const { stdout } = await scene.run("diff", { API, ROLLOUT: "block" });
    expect(stdout).toContain('+ fallback_action: "block"');
    expect(stdout).not.toContain(RELEASE);
    for (const command of ["apply", "diff"]) {
      const ended = await scene.run(command, { API, ROLLOUT: "block", VERSION: "0.2.0" });
      expect([ended.status, errorLines(ended)]).toEqual([
        2,
        [expect.stringMatching(/^error: VERSION: API \d+ has .* 0\.1\.0, and ROLLOUT changes no/)],
      ]);
    }
  });

  it("tells programs what a dry run would do", async () => {
    expect(await json("apply", { API, ROLLOUT: "block", DRY_RUN: "1" })).toMatchObject({
      ...{ dryRun: true, would: "change", api: API, version: "0.1.0", rollout: "block" },
      parameters: [{ name: "fallback_action", before: "pass", after: "block" }, {}],
    });
    const other = String(await scene.client.manage("stock", 8802, PRODUCTION));
    expect(await json("apply", { API: other, CONFIG, DRY_RUN: "1" })).toMatchObject({
      ...{ dryRun: true, would: "apply", api: other, version: "0.2.0" },
      parameters: { block_status: 451 },
    });
    expect(await json("automate", { ENV: "Production", CONFIG, DRY_RUN: "1" })).toMatchObject({
      ...{ dryRun: true, would: "apply", environment: "Production", apis: [{ id: other }] },
    });
  });

  it("says that a policy is disabled, and inspects nothing at any step", async () => {
    const path = `${scene.client.apis()}/${API}/policies/${(await ours()).id}`;
    await scene.client.call("PATCH", path, { disabled: true });
    const { stdout } = await scene.run("apply", { API, ROLLOUT: "pass" });
    expect(stdout).toContain("It is disabled, and inspects nothing");
    await scene.client.call("PATCH", path, { disabled: false });
  });

  it("knows three steps", async () => {
    const ended = await scene.run("apply", { API, ROLLOUT: "blok" });
    expect([ended.status, errorLines(ended)]).toEqual([
      2,
      ['error: ROLLOUT: "blok" is not allowed; allowed: observe, pass, block'],
    ]);
  });
});

describe("make diff", { timeout: 60_000 }, () => {
  it("shows version and parameters, and changes nothing", async () => {
    const before = await ours();
    scene.write("other.yaml", "wallarm_node: h2://other.example:5080\nwallarm_mode: sync\n");
    const { stdout } = await scene.run("diff", { API, CONFIG: "other.yaml" });
    expect(stdout).toContain(`- ${RELEASE} 0.1.0\n+ ${RELEASE} 0.2.0\n`);
    expect(stdout).toContain(
      '- wallarm_node: "h2://node.example:5080"\n+ wallarm_node: "h2://other.example:5080"',
    );
    expect(stdout).toContain("- block_status: 451\n");
    expect(await ours()).toEqual(before);
  });

  it("says so where nothing would change, and tells programs the same", async () => {
    const { stdout } = await scene.run("diff", { API, VERSION: "0.1.0" });
    expect(stdout).toContain("nothing would change.");
    expect(await json("diff", { API, VERSION: "0.1.0", ROLLOUT: "block" })).toEqual({
      ...{ api: API, before: { assetId: RELEASE, version: "0.1.0" } },
      after: { assetId: RELEASE, version: "0.1.0" },
      parameters: [
        { name: "fallback_action", before: "pass", after: "block" },
        { name: "unjudged_action", before: "pass", after: "block" },
      ],
    });
  });
});

it("status shows the step, for people and for programs", { timeout: 60_000 }, async () => {
  const { stdout } = await scene.run("status");
  expect(stdout).toMatch(/API \d+ \(orders\) .* pass +behind 0\.2\.0/);
  expect(await json("status", {})).toMatchObject({ uses: [{ rollout: "pass", by: "api" }] });
});

it(
  "automate takes a step too, and JSON=1 leaves nothing else on its output",
  { timeout: 60_000 },
  async () => {
    const variables = { CONFIG, ENV: "Sandbox", ROLLOUT: "observe", VERSION: "0.2.0" };
    expect(await json("automate", variables)).toMatchObject({
      ...{ environment: "Sandbox", version: "0.2.0", rollout: "observe" },
      apis: [{ id: API, name: "orders" }],
    });
  },
);

describe("automate ROLLOUT=, where the policy is automated already", { timeout: 90_000 }, () => {
  const ENV = "Sandbox";
  const automated = async (): Promise<unknown[]> => {
    const { uses } = (await json("status", {})) as { uses: { by: string; rollout: string }[] };
    return uses.filter(({ by }) => by === "automated").map(({ rollout }) => rollout);
  };

  it("shows the change in a dry run, takes the step without a file, and keeps what it does not set", async () => {
    const dry = await scene.run("automate", { ENV, ROLLOUT: "pass", DRY_RUN: "1" });
    expect(dry.stdout).toContain(`which covers ${API} (orders):`);
    expect(dry.stdout).toContain('- wallarm_mode: "async"\n  + wallarm_mode: "sync"');
    expect(await automated()).toEqual(["observe"]);
    for (const ROLLOUT of steps) {
      expect(await json("automate", { ENV, ROLLOUT })).toMatchObject({
        ...{ environment: ENV, isNew: false, version: "0.2.0", rollout: ROLLOUT },
        apis: [{ id: API, name: "orders" }],
      });
      expect(await automated()).toEqual([ROLLOUT]);
    }
    const again = await scene.run("automate", { ENV, ROLLOUT: "block", DRY_RUN: "1" });
    expect(again.stdout).toContain("which is at step block already");
    const version = await scene.run("automate", { ENV, ROLLOUT: "block", VERSION: "0.1.0" });
    expect(errorLines(version)[0]).toContain("and ROLLOUT changes no version");
  });

  it("names it in the refusal of a second one", async () => {
    const ended = await scene.run("automate", { ENV, CONFIG });
    expect(errorLines(ended)[0]).toContain("ROLLOUT= takes it to another step");
  });
});

describe("a step", () => {
  it("is what the parameters say, whoever set them", () => {
    expect(stepOf({ wallarm_mode: "async", fallback_action: "block" })).toBe("observe");
    expect(stepOf({ fallback_action: "block" })).toBe("block");
    expect(stepOf({ fallback_action: "pass", unjudged_action: "pass" })).toBe("pass");
    expect(stepOf({})).toBe("sync, fallback pass, unjudged block");
  });

  it.each(steps)("%s names metrics that the policy counts and lines that it logs", (step) => {
    const telemetry = readFileSync(join(ROOT, "assembly/telemetry.ts"), "utf8");
    const sources = [
      "decision-log.ts",
      "root-context.ts",
      "telemetry.ts",
      "outbox.ts",
      "response-inspection.ts",
    ]
      .map((name) => readFileSync(join(ROOT, "assembly", name), "utf8"))
      .join("\n");
    const text = signsOf(step).join("\n");
    for (const [, name] of text.matchAll(
      /\b((?:requests|fallback|unjudged|outbox)_[a-z]+)\b(?!:)/g,
    )) {
      if (!name!.endsWith("_action")) expect(telemetry).toContain(`"${name}"`);
    }
    for (const [, line] of text.matchAll(/`([a-z][^`<]*?)(?: <[^`]*)?`/g)) {
      const [word] =
        /^(?:blocked by|let through by|asks|messages for the node dropped|no verdict from the node|blocked by the node)/.exec(
          line!,
        ) ?? [""];
      expect(word).not.toBe("");
      expect(sources).toContain(word.trim());
    }
  });
});
