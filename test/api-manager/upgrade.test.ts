/** Does `make upgrade` change the version and nothing else, and put things back when a step fails? */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../host-sim/src/anypoint/index.ts";
import { errorLines } from "../publish/support/workshop.ts";
import {
  CONFIGURATION,
  configurationWith,
  DEVELOPMENT,
  RELEASE,
  Scene,
  type Policy,
} from "./support/scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open("0.1.0", "0.2.0");
  // Somebody else's policy, which keeps its place.
  await scene.client.publishPolicy();
}, 90_000);
beforeEach(() => scene.anypoint.setFaults([]));
afterAll(() => scene.close());

let port = 8300;
const pointcutData = [{ methodRegex: "GET|POST", uriTemplateRegex: "/orders.*" }];

/** An API whose policy has a scope; if wished, it is the first of two, or disabled: each is one more call to put back. */
async function openApi(
  wish: { first?: boolean; disabled?: boolean } = {},
): Promise<{ API: string; policy: Policy }> {
  const id = await scene.client.manage(`api-${port}`, port++);
  const { id: policyId } = await scene.apply(id, "0.1.0", { pointcutData });
  if (wish.first) await scene.client.apply(id);
  if (wish.disabled) {
    const path = `${scene.client.apis()}/${id}/policies/${policyId}`;
    await scene.client.call("PATCH", path, { disabled: true });
  }
  return { API: String(id), policy: (await ours(String(id)))! };
}

const ours = async (API: string): Promise<Policy | undefined> =>
  (await scene.policies(Number(API))).find(({ assetId }) => assetId === RELEASE);

const settings = (policy: Policy | undefined): object => {
  const { configurationData, pointcutData, order, disabled } = policy!;
  return { configurationData, pointcutData, order, disabled };
};

const status = (method: string, path: string, more: Partial<Fault> = {}): Fault => ({
  ...{ kind: "status", method, path, status: 500, message: "Out of order" },
  ...more,
});

const keptFiles = (): string[] => {
  const directory = join(scene.root, "build/kept-settings");
  return existsSync(directory) ? readdirSync(directory) : [];
};

describe("upgrading an API's policy", { timeout: 120_000 }, () => {
  it("changes the version in place, and keeps configuration, order, scope and state", async () => {
    const { API, policy } = await openApi({ first: true, disabled: true });
    const ended = await scene.run("upgrade", { API });
    expect(`${ended.status} ${ended.stderr}`).toMatch(/^0 /);
    const now = await ours(API);
    expect(now).toMatchObject({ id: policy.id, assetVersion: "0.2.0" });
    expect(settings(now)).toEqual(settings(policy));
    expect(settings(now)).toEqual({
      ...{ configurationData: configurationWith(CONFIGURATION), pointcutData },
      ...{ order: 1, disabled: true },
    });
    const again = await scene.run("upgrade", { API });
    expect([again.status, again.stdout]).toEqual([
      0,
      expect.stringContaining("no use of the policy is behind"),
    ]);
  });

  it("removes and applies again where the platform does not change it in place, all settings kept", async () => {
    const { API, policy } = await openApi({ first: true });
    // Answered, and nothing done.
    scene.anypoint.setFaults([status("PATCH", `/policies/${policy.id}`, { status: 200 })]);
    const ended = await scene.run("upgrade", { API });
    expect(`${ended.status} ${ended.stderr}`).toMatch(/^0 /);
    const now = await ours(API);
    expect(now!.assetVersion).toBe("0.2.0");
    expect(now!.id).not.toBe(policy.id);
    expect(settings(now)).toEqual(settings(policy));
    expect(keptFiles()).toEqual([]);
  });

  it("puts the old version back as it was when the new one can't be applied", async () => {
    const { API, policy } = await openApi({ disabled: true });
    scene.anypoint.setFaults([
      status("PATCH", `/policies/${policy.id}`, { status: 200 }),
      status("POST", `/apis/${API}/policies`),
    ]);
    const ended = await scene.run("upgrade", { API });
    expect(ended.status).toBe(6);
    const [line, ...more] = errorLines(ended);
    expect(line).toContain(`Applying ${RELEASE} 0.2.0 to API ${API}: the platform failed`);
    expect(line).toContain(`Put back as it was: API ${API} has ${RELEASE} 0.1.0`);
    expect(more).toEqual([]);
    const now = await ours(API);
    expect(now!.assetVersion).toBe("0.1.0");
    expect(settings(now)).toEqual(settings(policy));
    expect(keptFiles()).toEqual([]);
  });

  it("says what is there now, and how to go on, when that fails too", async () => {
    const { API, policy } = await openApi();
    scene.anypoint.setFaults([
      status("PATCH", `/policies/${policy.id}`, { status: 200 }),
      status("POST", `/apis/${API}/policies`, { times: 2 }),
    ]);
    const ended = await scene.run("upgrade", { API });
    expect(ended.status).toBe(9);
    const lines = errorLines(ended).join("\n");
    expect(lines).toContain("Putting wallarm-custom-policy 0.1.0 back failed too");
    expect(lines).toContain(`State now: API ${API} is WITHOUT the policy`);
    const [, CONFIG] = /CONFIG=(\S+?)`/.exec(lines)!;
    expect(lines).toContain(`make apply API=${API} VERSION=0.1.0 CONFIG=${CONFIG}`);
    expect((await scene.run("apply", { API, VERSION: "0.1.0", CONFIG: CONFIG! })).status).toBe(0);
    const now = await ours(API);
    expect(now!.assetVersion).toBe("0.1.0");
    expect(now!.configurationData).toEqual(policy.configurationData);
  });

  it("changes nothing when the platform refuses the change, or the old policy can't be removed", async () => {
    const { API, policy } = await openApi();
    scene.anypoint.setFaults([status("PATCH", `/policies/${policy.id}`, { status: 400 })]);
    expect((await scene.run("upgrade", { API })).status).toBe(6);
    scene.anypoint.setFaults([
      status("PATCH", `/policies/${policy.id}`, { status: 200 }),
      status("DELETE", `/policies/${policy.id}`),
    ]);
    const ended = await scene.run("upgrade", { API });
    expect(ended.status).toBe(6);
    expect(errorLines(ended).join("\n")).toContain(
      `Nothing was changed: API ${API} has ${RELEASE} 0.1.0, as before`,
    );
    expect(await ours(API)).toEqual(policy);
  });

  it("takes a new configuration, checked first, with or without another version", async () => {
    const { API, policy } = await openApi();
    scene.write("new.yaml", "wallarm_node: https://other.example\nfallback_action: block\n");
    const dry = await scene.run("upgrade", { API, CONFIG: "new.yaml", DRY_RUN: "1" });
    expect(dry.stdout).toContain('    - fallback_action: "pass"\n    + fallback_action: "block"\n');
    expect((await scene.run("upgrade", { API, CONFIG: "new.yaml", VERSION: "0.1.0" })).status).toBe(
      0,
    );
    const now = await ours(API);
    expect(now).toMatchObject({ id: policy.id, assetVersion: "0.1.0", pointcutData });
    const given = { wallarm_node: "https://other.example", fallback_action: "block" };
    expect(now!.configurationData).toEqual(configurationWith(given));
    scene.write("new.yaml", "wallarm_node: https://other.example\nfallback_action: maybe\n");
    expect((await scene.run("upgrade", { API, CONFIG: "new.yaml" })).status).toBe(2);
  });
});

it(
  "refuses at once, in a dry run too, what can't be applied again",
  { timeout: 60_000 },
  async () => {
    const id = await scene.client.manage(`api-${port}`, port++);
    const version = "0.3.0-20261122190000";
    await scene.publish(version, DEVELOPMENT);
    await scene.apply(id, version, { assetId: DEVELOPMENT });
    const { id: automated } = await scene.automate("0.2.0");
    for (const DRY_RUN of ["0", "1"]) {
      const ended = await scene.run("upgrade", { API: String(id), VERSION: "0.2.0", DRY_RUN });
      expect([ended.status, ended.stdout, errorLines(ended)]).toEqual([
        6,
        "",
        [expect.stringContaining(`from an automated one too (policy ${automated} of Sandbox)`)],
      ]);
    }
  },
);

describe("upgrading an automated policy", { timeout: 120_000 }, () => {
  const rule = { technologies: ["flexGateway"], range: { from: "1.0.0" } };
  const current = async (): Promise<object> => {
    const [policy] = await scene.automated();
    const {
      id: _id,
      audit: _audit,
      assetVersion: _version,
      implementationAssets: _assets,
      ...kept
    } = policy as Policy & Record<string, unknown>;
    return kept;
  };
  let before: object;

  beforeEach(async () => {
    for (const { id } of await scene.automated()) {
      await scene.client.call("DELETE", `${scene.client.automated}/${id}`);
    }
    await scene.automate("0.1.0", rule);
    before = await current();
  });

  /** Those of the APIs above may be behind too. */
  const upgradeAll = (faults: readonly Fault[]) => {
    scene.anypoint.setFaults(faults);
    return scene.run("upgrade");
  };

  it("removes it and applies the new version with the same rule and configuration", async () => {
    const { status, stdout } = await upgradeAll([]);
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining(`the automated policy of Sandbox has ${RELEASE} 0.2.0 now`),
    ]);
    expect((await scene.automated()).map(({ assetVersion }) => assetVersion)).toEqual(["0.2.0"]);
    expect(await current()).toEqual(before);
  });

  it.each<[string, Fault, string]>([
    ["is refused", status("POST", "/automated-policies"), "Put back as it was"],
    ["gets no answer", { kind: "drop", method: "POST", path: "/automated-policies" }, "Put back"],
    ["can't begin", status("DELETE", "/automated-policies"), "Nothing was changed"],
  ])("leaves it as it was when a step %s", async (_, fault, text) => {
    const ended = await upgradeAll([fault]);
    expect(ended.status).toBeGreaterThan(0);
    expect(errorLines(ended).join("\n")).toContain(text);
    expect((await scene.automated()).map(({ assetVersion }) => assetVersion)).toEqual(["0.1.0"]);
    expect(await current()).toEqual(before);
    expect(keptFiles().filter((name) => name.startsWith("automated"))).toEqual([]);
  });

  it("says that all its APIs are without the policy when it can't be put back", async () => {
    const ended = await upgradeAll([status("POST", "/automated-policies", { times: 2 })]);
    expect(ended.status).toBe(9);
    const lines = errorLines(ended).join("\n");
    expect(lines).toContain("State now: the automated policy of Sandbox is WITHOUT the policy");
    expect(lines).toMatch(/`make automate ENV="Sandbox" VERSION=0\.1\.0 CONFIG=\S+`/);
    expect(await scene.automated()).toEqual([]);
  });
});
