/** Is the policy found where Exchange offers no search, or finds only later what is new? By its version, of which only a 404 says no. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../host-sim/src/anypoint/index.ts";
import { errorLines, USER } from "../publish/support/workshop.ts";
import { RELEASE, Scene } from "./support/scene.ts";

let scene: Scene;
const CONFIG = "policy.yaml";
const search = (status: number): Fault[] =>
  ["GET", "POST"].map((method) => ({
    ...{ kind: "status", times: 1000, method, status },
    path: method === "GET" ? "/exchange/api/v2/assets" : "/graph/api/",
  }));

beforeAll(async () => {
  scene = await Scene.open("0.0.9");
}, 90_000);
beforeEach(() => scene.anypoint.setFaults(search(404)));
afterAll(() => scene.close());

let port = 8700;
const manage = async (): Promise<string> =>
  String(await scene.client.manage(`api-${port}`, port++));

describe.each([404, 403, 500])("a search that is answered %i", { timeout: 60_000 }, (status) => {
  beforeEach(() => scene.anypoint.setFaults(search(status)));

  it("is no answer: what is asked for by its version is found", async () => {
    const API = await manage();
    const ended = await scene.run("apply", { API, CONFIG, VERSION: "0.0.9" });
    expect(`${ended.status} ${ended.stderr}`).toMatch(/^0 /);
    expect((await scene.policies(Number(API)))[0]!.assetVersion).toBe("0.0.9");
  });

  it("does not make a version be there that is not", async () => {
    const API = await manage();
    const ended = await scene.run("apply", { API, CONFIG, VERSION: "0.0.8" });
    expect([ended.status, errorLines(ended)]).toEqual([
      2,
      [expect.stringContaining("0.0.8 is not on Exchange (404), which offers no search here")],
    ]);
  });

  it("is told by each command, and is neither none, nor current, nor nothing to do", async () => {
    const API = await manage();
    await scene.apply(Number(API), "0.0.9");
    const shown = await scene.run("status");
    // Found, as it is in use: asked for by its number.
    expect(shown.stdout).toMatch(/release .* 0\.0\.9; more: not known, as the search failed/);
    expect(shown.stdout).toMatch(/\(api-\d+\) .* 0\.0\.9 .* not known whether behind/);
    expect(shown.stdout).not.toMatch(/none|current/);
    const upgraded = await scene.run("upgrade", { API, DRY_RUN: "1" });
    expect([upgraded.status, errorLines(upgraded)]).toEqual([
      6,
      [expect.stringContaining("is behind is not known, as Exchange's search failed")],
    ]);
    for (const { stderr } of [shown, upgraded]) {
      expect(stderr).toContain(`Note: Exchange's search failed (status ${status})`);
    }
  });

  it("is not taken for a policy that was never published", async () => {
    const API = await manage();
    const ended = await scene.run("apply", { API, CONFIG });
    expect(errorLines(ended)).toEqual([expect.stringContaining("name one with VERSION=<version>")]);
  });
});

it(
  "what was just published is applied, a development version too",
  { timeout: 90_000 },
  async () => {
    expect((await scene.run("publish", {}, USER)).status).toBe(0);
    const API = await manage();
    const development = await scene.run("apply", { API, CONFIG });
    expect(development.stdout).toMatch(/has wallarm-custom-policy-dev 0\.1\.0-\d{14} now/);

    expect((await scene.run("release", {}, USER)).status).toBe(0);
    const other = await manage();
    const release = await scene.run("apply", { API: other, CONFIG });
    expect(release.stdout).toContain(`has ${RELEASE} 0.1.0 now`);
  },
);

it(
  "a platform that does not say whether a version is there is not taken for one that does",
  { timeout: 60_000 },
  async () => {
    const path = `/exchange/api/v1/assets/${scene.group}`;
    scene.anypoint.setFaults([
      ...search(404),
      { kind: "status", times: 1000, method: "GET", path, status: 503 },
    ]);
    const ended = await scene.run("apply", { API: await manage(), CONFIG });
    expect([ended.status, errorLines(ended)]).toEqual([
      6,
      [expect.stringMatching(/does not say whether it is there \(status 503\).*try again later/)],
    ]);
  },
);
