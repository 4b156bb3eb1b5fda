/** Does `make apply` put the policy on an API, and is each refusal a line that helps? Through the official CLI. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FOREIGN_GROUP, PRODUCTION } from "../../host-sim/src/anypoint/index.ts";
import { errorLines, USER } from "../publish/support/workshop.ts";
import { CONFIGURATION, configurationWith, RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
const CONFIG = "policy.yaml";

beforeAll(async () => {
  scene = await Scene.open("0.1.0", "0.2.0");
}, 90_000);
beforeEach(() => scene.anypoint.setFaults([]));
afterAll(() => scene.close());

let port = 8100;
const manage = async (environment?: string): Promise<string> =>
  String(await scene.client.manage(`api-${port}`, port++, environment));

describe("make apply", { timeout: 120_000 }, () => {
  it("applies the newest release with the configuration and the defaults of what is required", async () => {
    const API = await manage();
    const { status, stdout, stderr } = await scene.run("apply", { API, CONFIG });
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    const [policy] = await scene.policies(Number(API));
    expect(policy).toMatchObject({
      ...{ assetId: RELEASE, assetVersion: "0.2.0", disabled: false, pointcutData: null },
      configurationData: configurationWith(CONFIGURATION),
    });
    expect(stdout).toContain(`in Sandbox has ${RELEASE} 0.2.0 now (policy ${policy!.id})`);
    expect(stdout + stderr).not.toContain(USER.ANYPOINT_PASSWORD);
  });

  it("finds the API where it is, with no secret shown to others on the machine or left behind", async () => {
    const API = await manage(PRODUCTION);
    const secret = "hunter2-of-the-node";
    scene.write("secret.yaml", `wallarm_node: http://node.example:5050/${secret}\n`);
    const seen: string[] = [];
    const watch = setInterval(() => {
      seen.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }));
    }, 100);
    const TMPDIR = join(scene.root, "temporary");
    mkdirSync(TMPDIR);
    const ended = await scene.run("apply", {
      ...{ API, CONFIG: "secret.yaml", VERSION: "0.1.0", TMPDIR },
    });
    clearInterval(watch);
    expect(ended.status).toBe(0);
    expect(seen.some((lines) => lines.includes("policy apply"))).toBe(true);
    for (const hidden of [secret, USER.ANYPOINT_PASSWORD]) {
      expect(seen.join("\n") + ended.stdout + ended.stderr).not.toContain(hidden);
    }
    expect(readdirSync(TMPDIR)).toEqual([]);
    const policies = await scene.policies(Number(API), PRODUCTION);
    expect(policies.map(({ assetVersion }) => assetVersion)).toEqual(["0.1.0"]);
  });
});

describe("a platform that fails now and then", { timeout: 120_000 }, () => {
  it.each([
    ["POST", "/policies", 429],
    ["GET", "/apimanager/", 500],
    ["GET", "/exchange/", 503],
    ["POST", "/accounts/login", 500],
    ["GET", "/accounts/api/users/me", 429],
  ])("is asked again where nothing can be done twice: %s %s %i", async (method, path, status) => {
    const API = await manage();
    scene.anypoint.setFaults([{ kind: "status", method, path, status, message: "Not now" }]);
    const ended = await scene.run("apply", { API, CONFIG });
    expect(`${ended.status} ${ended.stderr}`).toMatch(/^0 /);
    expect(await scene.policies(Number(API))).toHaveLength(1);
  });

  it("is not asked again where it may have done what it was asked for", async () => {
    const API = await manage();
    const fault = { kind: "status", method: "POST", path: "/policies", status: 500 } as const;
    scene.anypoint.setFaults([fault]);
    const ended = await scene.run("apply", { API, CONFIG });
    expect([ended.status, errorLines(ended)[0]]).toEqual([
      6,
      expect.stringContaining("try again later"),
    ]);
    expect(await scene.policies(Number(API))).toEqual([]);
  });
});

describe("a refusal of make apply", { timeout: 120_000 }, () => {
  const refused = async (variables: Record<string, string>, user = USER) => {
    const ended = await scene.run("apply", variables, user);
    expect(ended.stdout + ended.stderr).not.toMatch(/\n +at |stand-in-password/);
    return [ended.status, errorLines(ended).join("\n")] as const;
  };

  it("is made before anything is sent, where the configuration breaks the schema", async () => {
    scene.write("bad.yaml", "wallarm_node: node\nwallarm_mode: fast\n");
    const nobody = { ANYPOINT_USERNAME: "", ANYPOINT_PASSWORD: "" };
    const [status, lines] = await refused({ API: "1", CONFIG: "bad.yaml" }, nobody);
    expect(status).toBe(2);
    expect(lines).toContain("error: bad.yaml:1: wallarm_node:");
    expect(lines).toContain(
      'bad.yaml:2: wallarm_mode: "fast" is not allowed; allowed: sync, async',
    );
  });

  it.each([
    [{}, 2, "API: is missing"],
    [{ API: "orders" }, 2, 'API: "orders" is not allowed; allowed: the number that API Manager'],
    [{ API: "1", CONFIG: "none.yaml" }, 2, "none.yaml\" can't be read (ENOENT)"],
    [{ API: "1" }, 2, "CONFIG: is missing, and policy-config.yaml is not there"],
    [{ API: "1", CONFIG }, 6, "API 1 is not there (404) in Acme, environments Sandbox, Production"],
    [{ API: "1", CONFIG, ENV: "Staging" }, 2, 'ENV: "Staging" is no environment of Acme; allowed:'],
    [{ API: "1", CONFIG, ORG: FOREIGN_GROUP }, 4, "you are no member of it (403); allowed: Acme"],
  ])("for %j ends with %i: %s", async (variables, status, text) => {
    const [seen, line] = await refused(variables);
    expect(line).toContain(text);
    expect([seen, line.split("\n").length]).toEqual([status, 1]);
  });

  it("names the versions that there are", async () => {
    const API = await manage();
    const [status, line] = await refused({ API, CONFIG, VERSION: "9.9.9" });
    expect([status, line]).toEqual([
      2,
      'error: VERSION: "9.9.9" is not on Exchange; allowed: 0.2.0, 0.1.0',
    ]);
  });

  it("says who the credentials are refused for, or what the user may not do", async () => {
    const API = await manage();
    const [wrong, line] = await refused(
      { API, CONFIG },
      { ...USER, ANYPOINT_PASSWORD: "wrong-one" },
    );
    expect([wrong, line]).toEqual([3, expect.stringContaining("refuses the credentials (401)")]);
    scene.anypoint.setFaults([{ kind: "status", method: "POST", path: "/policies", status: 403 }]);
    const [forbidden, why] = await refused({ API, CONFIG });
    expect([forbidden, why]).toEqual([4, expect.stringContaining("Manage Policies")]);
  });

  it("says that the API has it, on its own or by an automated policy", async () => {
    const API = await manage();
    const { id } = await scene.apply(Number(API), "0.1.0");
    const [own, line] = await refused({ API, CONFIG });
    expect(own).toBe(5);
    expect(line).toContain(`has the policy already (409): ${RELEASE} 0.1.0, policy ${id}`);
    const other = await manage();
    const { id: automated } = await scene.automate("0.2.0");
    const [status, why] = await refused({ API: other, CONFIG });
    expect(status).toBe(5);
    expect(why).toContain(`from the automated policy ${automated} of Sandbox`);
    await scene.client.call("PATCH", `${scene.client.automated}/${automated}`, { disabled: true });
    const [, disabled] = await refused({ API: other, CONFIG });
    expect(disabled).toMatch(/is disabled and inspects nothing: enable or remove it/);
    await scene.client.call("DELETE", `${scene.client.automated}/${automated}`);
  });

  it("tells in one line what the platform says, where that refuses what we thought good", async () => {
    const API = await manage();
    const message = "Policy is already applied by somebody faster";
    for (const [status, expected] of [
      [409, 5],
      [400, 6],
    ] as const) {
      const fault = { kind: "status", method: "POST", path: "/policies", status, message } as const;
      scene.anypoint.setFaults([status === 409 ? fault : { ...fault, message: "No good" }]);
      const [seen, line] = await refused({ API, CONFIG });
      expect(seen).toBe(expected);
      expect(line).toContain(`Applying ${RELEASE} 0.2.0 to API ${API}: the platform refuses it`);
      expect(line.split("\n")).toHaveLength(1);
    }
    expect(await scene.policies(Number(API))).toEqual([]);
  });

  it("is one for an API on another technology", async () => {
    const asset = `mule-${port}`;
    await scene.client.manage(asset, port++);
    const answer = await scene.client.call("POST", scene.client.apis(), {
      ...{ technology: "mule4", endpoint: { type: "http-api", uri: "http://127.0.0.1:1/" } },
      spec: { groupId: scene.group, assetId: asset, version: "1.0.0" },
    });
    const [status, line] = await refused({
      API: String((answer.body as { id: number }).id),
      CONFIG,
    });
    expect([status, line]).toEqual([6, expect.stringContaining("runs on mule4")]);
  });
});
